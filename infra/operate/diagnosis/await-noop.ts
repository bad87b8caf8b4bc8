import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { EventStatus } from '../../../shared/event/outcomes.ts'
import { readFeed } from '../../../shared/ledger/event-feed.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import { readEvent } from '../../../shared/ledger/read-event.ts'
import { type Clock, wait } from '../../../shared/runtime/clock.ts'

export interface NoopDeps {
  dynamodb: Pick<DynamoDBClient, 'send'>
  tableName: string
  clock: Clock
}

/** A `noop` that came the whole way into the event table. */
interface ArrivedNoop {
  status: EventStatus
  /** The fingerprint of the key that it was signed with. */
  keyFingerprint: string
  /** From its notify call until it was seen. */
  ms: number
}

/** The clocks of this machine and of the receiver may differ by so much. */
const skewMs = 5 * 60_000
/** A local run takes milliseconds, and Smokeball seconds: each wait is twice the one before, up to the longest. */
const firstWaitMs = 50
const longestWaitMs = 500
/** The feed begins with the newest: what has just arrived is among so many. */
const newest = 20
/** A receiver that has just found its secret incomplete looks at it again after ten seconds. */
const sendAgainMs = 12_000

/**
 * Has a `noop` sent by `notify`, once more after a while, and waits for it in the event table: it came from Smokeball
 * through the callback URL, receiver, queue and consumer. Undefined if it did not within `timeoutMs`. Throws what `notify`
 * and the table throw.
 */
export async function awaitNoop(
  deps: NoopDeps,
  of: { accountId: string; subscriptionId: string; timeoutMs: number; notify(): Promise<void> },
  signal: AbortSignal,
): Promise<ArrivedNoop | undefined> {
  const { clock } = deps
  const startEpochMs = clock.now()
  const look = () => noops(deps, of, startEpochMs, signal)
  const before = new Set((await look()).map(({ eventId }) => eventId))
  let hasAskedTwice = false
  await of.notify()
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
    const arrived = (await look()).find(({ eventId }) => !before.has(eventId))
    if (arrived) return { ...(await factsOf(deps, arrived, signal)), ms: clock.now() - startEpochMs }
    const tookMs = clock.now() - startEpochMs
    if (tookMs >= of.timeoutMs) return undefined
    if (tookMs >= sendAgainMs && !hasAskedTwice) {
      hasAskedTwice = true
      await of.notify()
    }
    await wait(clock, waitMs, signal)
  }
}

/** The `noop`s of the subscription that came lately. */
async function noops(
  { dynamodb: client, tableName }: NoopDeps,
  { accountId, subscriptionId }: { accountId: string; subscriptionId: string },
  startEpochMs: number,
  signal: AbortSignal,
): Promise<EventRow[]> {
  const filter = { accountId, type: 'noop', sinceEpochMs: startEpochMs - skewMs }
  const { events } = await readFeed({ client, tableName }, { filter, limit: newest }, signal)
  return events.filter(({ delivery }) => delivery.subscriptionId === subscriptionId)
}

/** The event's item tells the key, which the feed does not have. */
async function factsOf(
  { dynamodb: client, tableName }: NoopDeps,
  row: EventRow,
  signal: AbortSignal,
): Promise<Omit<ArrivedNoop, 'ms'>> {
  const { status, delivery } = (await readEvent({ client, tableName }, row, signal)) ?? row
  return { status, keyFingerprint: delivery.keyFingerprint ?? '' }
}
