import { randomUUID } from 'node:crypto'
import { handOverTo } from '../../shared/catch-up/hand-over.ts'
import {
  type FoundState,
  importedNotification,
  recoveredTicks,
} from '../../shared/catch-up/recovered-notification.ts'
import { type WalkChangesDeps, walkChanges } from '../../shared/catch-up/walk-changes.ts'
import type { WalkCounts, WalkPlace } from '../../shared/catch-up/walk-item.ts'
import { knownEventTypes } from '../../shared/event/payloads.generated.ts'
import { tellsTime } from '../../shared/event/stamps.ts'
import { dateToTicks, type Ticks } from '../../shared/event/ticks.ts'
import { isSubscribed } from '../../shared/event/type-patterns.ts'
import type { Subscription } from '../../shared/handling/handler-registry.ts'
import { readSeen } from '../../shared/ledger/event-table.ts'
import { type SeenActions, seenFor } from '../../shared/ledger/ledger-slots.ts'
import { dynamodbAside } from '../../shared/queue/aside.ts'
import { waitingIn } from '../../shared/queue/waiting.ts'
import { wait } from '../../shared/runtime/clock.ts'
import { type ChangeList, changeLists } from '../../shared/smokeball-api/lists.ts'
import type { KeepDeps } from '../../shared/subscriptions/keep-subscription.ts'
import { UsageError } from '../terminal/usage-error.ts'
import type { Deployment } from './deployment.ts'

export interface Import {
  accountId: string
  handler: Pick<Subscription, 'name' | 'types' | 'own'>
}

export interface ImportedList extends WalkCounts {
  kind: string
  /** False: there was no time for all of it. */
  isOver: boolean
}

/** An import has so long; run again, it passes by what was handed over. */
const longestMs = 12 * 3_600_000
/** Everything was changed since then. */
const beginning = dateToTicks(new Date('1900-01-01T00:00:00Z'))
/** What changes during the import is shown as well. */
const youngMs = -longestMs
/** While so many messages wait, the import waits, too: the events of other firms are behind them. */
const mostWaiting = 1_000
/** The queue is asked anew after so many. */
const askAgainAfter = 250

/** A queue that has no room for so long is not worked off. */
const longestWaitMs = 10 * 60_000

/**
 * The lists whose resources an import can show to a handler: it takes their creations. What says by a version alone that it was
 * changed is left out: an import that is run again could not tell whether it was shown.
 */
export function listsToImport(handler: Pick<Subscription, 'types'>): readonly ChangeList[] {
  return changeLists.filter(({ kind }) => {
    const type = `${kind}.created`
    return knownEventTypes.includes(type) && isSubscribed(handler, type) && tellsTime(kind)
  })
}

/**
 * Shows all that a firm has to one handler, as created: matters and contacts from the one that was changed longest ago on, deleted
 * ones left out, and what a delivery has shown it. Goes no faster than the queue is worked off. Throws `UsageError` where it is not,
 * and what the API, the table and the queue throw.
 */
export async function importFirm(
  deployment: Deployment,
  keep: KeepDeps,
  { accountId, handler }: Import,
  onPage: (of: { accountId: string; kind: string; place: WalkPlace }) => void,
  signal: AbortSignal,
): Promise<ImportedList[]> {
  const imported: ImportedList[] = []
  for (const list of listsToImport(handler)) {
    const { kind } = list
    let counts: WalkCounts = { calls: 0, rows: 0, found: 0 }
    const of = { accountId, list, walk: undefined, since: beginning }
    const limit = { signal, signalEpochMs: keep.clock.now() + longestMs }
    const deps = depsOf(deployment, keep, kind, handler)
    const { isOver } = await walkChanges(deps, of, { limit }, (place) => {
      const { calls, rows, found } = place
      counts = { calls, rows, found }
      onPage({ accountId, kind, place })
    })
    imported.push({ kind, ...counts, isOver })
  }
  return imported
}

function depsOf(
  { dynamodb, sqs, outputs }: Deployment,
  { access, clock }: KeepDeps,
  kind: string,
  handler: Import['handler'],
): WalkChangesDeps {
  const table = { client: dynamodb, tableName: outputs.TableName, now: clock.now }
  const queueUrl = outputs.EventQueueUrl
  const aside = dynamodbAside({ ...table, randomId: randomUUID })
  const send = handOverTo({ client: sqs, queueUrl, aside, now: clock.now })
  const startedEpochMs = clock.now()
  /** What came for the handler, of the resources that are being looked at. */
  const came = new Map<string, SeenActions>()
  let sent = 0
  return {
    api: access.background,
    clock,
    youngMs,
    // The keeper's own walks begin when the firm is connected: an import keeps no place among them.
    walks: { save: async () => {} },
    isWanted: (type) => !type.endsWith('.deleted'),
    async seenOf(key, signal) {
      const seen = seenFor(handler, kind, await readSeen(table, key, signal))
      came.set(key, seen)
      // What was delivered before may have come when this handler was not there.
      return new Map([...seen].filter(([, slot]) => slot.claimedEpochMs >= startedEpochMs))
    },
    notificationOf(accountId, state, ticks) {
      const newer = importedTicks(state, came.get(state.resourceKey) ?? new Map(), ticks)
      came.delete(state.resourceKey)
      return importedNotification(accountId, kind, handler.name, state, newer)
    },
    // What is changed while the list is read is in it twice.
    onceEach: 'resourceKey',
    async handOver(notification, signal) {
      if (sent++ % askAgainAfter === 0) await roomIn(signal)
      await send(notification, signal)
    },
  }

  async function roomIn(signal: AbortSignal): Promise<void> {
    let untilEpochMs = clock.now() + longestWaitMs
    let least = Number.POSITIVE_INFINITY
    for (;;) {
      const { waiting } = await waitingIn(sqs, queueUrl, signal)
      if (waiting <= mostWaiting) return
      if (waiting < least) untilEpochMs = clock.now() + longestWaitMs
      least = Math.min(least, waiting)
      if (clock.now() > untilEpochMs)
        throw new UsageError(
          `${waiting} messages wait in the queue, and they have become no fewer for ten minutes. See whether handling is paused (status), and run this again then: what was shown is passed by.`,
        )
      await wait(clock, 1_000, signal)
    }
  }
}

/**
 * The time of an imported state: it is newer than all that came for its handler, since it is fetched now; but a list may be behind,
 * and then the state is as late as it is. `untimed`: the time of a state without a stamp.
 */
export function importedTicks(state: FoundState, came: SeenActions, untimed: Ticks): Ticks {
  const ticks = state.stamp?.ticks ?? untimed
  const isBehind = [...came.values()].some(({ stamp }) => (stamp?.ticks ?? 0n) > ticks)
  return isBehind ? ticks : recoveredTicks(state, came, untimed)
}
