import { randomUUID } from 'node:crypto'
import { handOverTo } from '../../shared/catch-up/hand-over.ts'
import { importedNotification } from '../../shared/catch-up/recovered-notification.ts'
import { type WalkChangesDeps, walkChanges } from '../../shared/catch-up/walk-changes.ts'
import type { WalkCounts, WalkPlace } from '../../shared/catch-up/walk-store.ts'
import { knownEventTypes } from '../../shared/event/payloads.generated.ts'
import { dateToTicks } from '../../shared/event/ticks.ts'
import { isSubscribed } from '../../shared/event/type-patterns.ts'
import type { Subscription } from '../../shared/handling/handler-registry.ts'
import { dynamodbAside } from '../../shared/queue/aside.ts'
import { waitingIn } from '../../shared/queue/waiting.ts'
import { wait } from '../../shared/runtime/clock.ts'
import { type ChangeList, changeLists } from '../../shared/smokeball-api/lists.ts'
import type { KeepDeps } from '../../shared/subscriptions/keep-subscription.ts'
import type { Deployment } from './deployment.ts'

export interface Import {
  accountId: string
  handler: Pick<Subscription, 'name' | 'types'>
}

export interface ImportedList extends WalkCounts {
  kind: string
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

/** The lists whose resources an import can show to a handler: it takes their creations. */
export function listsToImport(handler: Pick<Subscription, 'types'>): readonly ChangeList[] {
  return changeLists.filter(({ kind }) => {
    const type = `${kind}.created`
    return knownEventTypes.includes(type) && isSubscribed(handler, type)
  })
}

/**
 * Shows all that a firm has to one handler, as created: matters and contacts from the one that was changed longest ago on, deleted
 * ones left out. Goes no faster than the queue is worked off. Throws what the API, the table and the queue throw.
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
    await walkChanges(depsOf(deployment, keep, kind, handler.name), of, { limit }, (place) => {
      const { calls, rows, found } = place
      counts = { calls, rows, found }
      onPage({ accountId, kind, place })
    })
    imported.push({ kind, ...counts })
  }
  return imported
}

function depsOf(
  { dynamodb, sqs, outputs }: Deployment,
  { access, clock }: KeepDeps,
  kind: string,
  handler: string,
): WalkChangesDeps {
  const table = { client: dynamodb, tableName: outputs.TableName, now: clock.now }
  const queueUrl = outputs.EventQueueUrl
  const aside = dynamodbAside({ ...table, randomId: randomUUID })
  const send = handOverTo({ client: sqs, queueUrl, aside, now: clock.now })
  const shown = new Set<string>()
  let sent = 0
  return {
    api: access.background,
    clock,
    youngMs,
    // The keeper's own walks begin when the firm is connected: an import keeps no place among them.
    walks: { save: async () => {} },
    isWanted: (type) => !type.endsWith('.deleted'),
    seenOf: async () => new Map(),
    notificationOf: (accountId, state, ticks) => importedNotification(accountId, kind, handler, state, ticks),
    async handOver(notification, signal) {
      const { resourceKey } = notification.envelope
      // It was changed while the list was read, and is in it twice.
      if (shown.has(resourceKey)) return
      shown.add(resourceKey)
      if (sent++ % askAgainAfter === 0) await roomIn(signal)
      await send(notification, signal)
    },
  }

  async function roomIn(signal: AbortSignal): Promise<void> {
    while ((await waitingIn(sqs, queueUrl, signal)).waiting > mostWaiting) await wait(clock, 1_000, signal)
  }
}
