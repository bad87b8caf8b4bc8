import { randomUUID } from 'node:crypto'
import { handOverTo } from '../../shared/catch-up/hand-over.ts'
import type { RecoveredNotification } from '../../shared/catch-up/recovered-notification.ts'
import { type WalkChangesDeps, type WalkOf, walkChanges } from '../../shared/catch-up/walk-changes.ts'
import type { WalkPlace } from '../../shared/catch-up/walk-item.ts'
import { type WalkStore, walkStore } from '../../shared/catch-up/walk-store.ts'
import { isWantedBy } from '../../shared/catch-up/wanted-lists.ts'
import type { Ticks } from '../../shared/event/ticks.ts'
import { readSeen } from '../../shared/ledger/event-table.ts'
import { dynamodbAside } from '../../shared/queue/aside.ts'
import { isByMatter, type TellingList } from '../../shared/smokeball-api/lists.ts'
import { recordedWrites } from '../../shared/smokeball-api/recorded-writes.ts'
import type { KeepDeps } from '../../shared/subscriptions/keep-subscription.ts'
import { UsageError } from '../terminal/usage-error.ts'
import type { Deployment } from './deployment.ts'

export interface CatchUpRun {
  accountIds: readonly string[]
  lists: readonly TellingList[]
  /** Changes from then on are looked at. @default where each walk ended, or broke off */
  since?: Ticks | undefined
  /** Lists by matter are looked at for all matters, and not for those alone that have changed. @default false */
  ofAllMatters?: boolean
  /** What is found is told, and nothing is handed over or kept. */
  isDry: boolean
  /** Also what was changed just now, whose delivery may still come. */
  takesYoung: boolean
}

/** What a walk of one list of a firm came to. */
export interface WalkedList extends Pick<WalkPlace, 'calls' | 'rows' | 'found'> {
  accountId: string
  kind: string
  /** Undefined: it came to its end. */
  problem?: string
}

export interface CatchUpEvents {
  onPage(of: { accountId: string; kind: string; place: WalkPlace }): void
  onFound(notification: RecoveredNotification): void
  /** Text of an error that the user can mend; undefined for any other. */
  explain(error: unknown): string | undefined
}

/** A run of the command has so long; what is left goes on when it is run again. */
const longestMs = 6 * 3_600_000
/** Whoever died is held for so long; a run that lives takes it anew. */
const heldMs = 60_000

/** How far the walks of a deployment have come. */
export function walksOf({ dynamodb: client, outputs }: Deployment, clock: { now(): number }): WalkStore {
  return walkStore({ client, tableName: outputs.TableName, now: clock.now })
}

/**
 * Walks lists of firms one after the other, as the keeper does. One that fails does not stop the others. Throws `UsageError` while
 * another run walks, and what is nobody's to mend.
 */
export async function catchUpNow(
  deployment: Deployment,
  keep: KeepDeps,
  run: CatchUpRun,
  events: CatchUpEvents,
  signal: AbortSignal,
): Promise<WalkedList[]> {
  const { clock } = keep
  const walks = walksOf(deployment, clock)
  const end = run.isDry ? async () => {} : await holdWalks(walks, clock, signal)
  try {
    const known = await walks.list(signal)
    const deps = depsOf(deployment, keep, run, walks, events)
    const walked: WalkedList[] = []
    for (const accountId of run.accountIds)
      for (const list of run.lists) {
        const found = known.find((each) => each.accountId === accountId && each.kind === list.kind)
        // What is left of a walk would be no answer to what would be found.
        const walk = found && run.isDry ? { ...found, place: undefined } : found
        const ofAllMatters = run.ofAllMatters === true && isByMatter(list)
        const of = { accountId, list, walk, since: run.since, ofAllMatters }
        walked.push(await walkOne(deps, of, events, signal))
      }
    return walked
  } finally {
    await end()
  }
}

async function walkOne(
  deps: WalkChangesDeps,
  of: WalkOf,
  { onPage, explain }: CatchUpEvents,
  signal: AbortSignal,
): Promise<WalkedList> {
  const key = { accountId: of.accountId, kind: of.list.kind }
  let counts = { calls: 0, rows: 0, found: 0 }
  const limit = { signal, signalEpochMs: deps.clock.now() + longestMs }
  try {
    const { isOver } = await walkChanges(deps, of, { limit }, (place) => {
      counts = { calls: place.calls, rows: place.rows, found: place.found }
      onPage({ ...key, place })
    })
    const problem = 'There was no time for all of it: run it again, for fewer kinds or since a later time.'
    return { ...key, ...counts, ...(!isOver && { problem }) }
  } catch (error) {
    signal.throwIfAborted()
    const problem = explain(error)
    if (problem === undefined) throw error
    return { ...key, ...counts, problem }
  }
}

function depsOf(
  { dynamodb: client, sqs, outputs }: Deployment,
  { access, clock, patterns }: KeepDeps,
  { isDry, takesYoung }: CatchUpRun,
  walks: WalkStore,
  { onFound }: CatchUpEvents,
): WalkChangesDeps {
  const table = { client, tableName: outputs.TableName, now: clock.now }
  const send = handOverTo({
    client: sqs,
    queueUrl: outputs.EventQueueUrl,
    aside: dynamodbAside({ ...table, randomId: randomUUID }),
    now: clock.now,
  })
  return {
    api: access.background,
    clock,
    ...(takesYoung && { youngMs: 0 }),
    walks: isDry ? { save: async () => {} } : walks,
    isWanted: isWantedBy(patterns),
    seenOf: (key, signal) => readSeen(table, key, signal),
    lastWriteTo: recordedWrites(table).lastWriteTo,
    async handOver(notification, signal) {
      if (!isDry) await send(notification, signal)
      onFound(notification)
    },
  }
}

/** Holds the walks for this run alone, as long as it lives. The returned function ends that. */
async function holdWalks(
  walks: WalkStore,
  { now }: { now(): number },
  signal: AbortSignal,
): Promise<() => Promise<void>> {
  let untilEpochMs = now() + heldMs
  if (!(await walks.lock(untilEpochMs, signal)))
    throw new UsageError(
      'Another run of catch-up goes on. It is over in a quarter of an hour at most: try again then.',
    )
  const renew = async () => {
    const later = now() + heldMs
    const isRenewed = await walks.relock(untilEpochMs, later, AbortSignal.timeout(heldMs)).catch(() => false)
    if (isRenewed) untilEpochMs = later
  }
  const timer = setInterval(() => void renew(), heldMs / 3)
  return async () => {
    clearInterval(timer)
    await walks.unlock(untilEpochMs, AbortSignal.timeout(heldMs))
  }
}
