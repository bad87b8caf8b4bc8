import type { SQSClient } from '@aws-sdk/client-sqs'
import { asidePartitions } from '../../shared/queue/aside.ts'
import type { AsideMessage, AsideStore } from '../../shared/queue/aside-store.ts'
import type { DeadLetters } from '../../shared/queue/dead-letters.ts'
import { gzippedBody, isReferring, withGzippedBody } from '../../shared/queue/message.ts'
import { isRefusal, placeMessage, type QueueName } from '../../shared/queue/placed-message.ts'
import type { Log } from '../../shared/runtime/json-log.ts'
import type { CallContext } from '../../shared/smokeball-api/smokeball-api.ts'

export interface BringInDeps {
  client: Pick<SQSClient, 'send'>
  queueUrls: Readonly<Record<QueueName, string>>
  aside: AsideStore
  deadLetters: DeadLetters
  log: Log
  clock: { now(): number }
  /** Text of an error, without secrets. */
  describe(thrown: unknown): string
}

/** What a run did. */
export interface BroughtIn {
  /** Messages that their queue has now. */
  broughtIn: number
  /** Messages that the dead-letter queue has, since their own refused them again and again. */
  givenUp: number
  /** At least so many messages are still put aside. */
  left: number
}

/** Another run may begin so long after this one had to end; so long before, it takes up no further page. */
const marginMs = 5_000
/** A message that its queue refused so often for what it is goes to the dead letters. */
const maxRefusals = 3
/**
 * Brings what was put aside into its queue, the oldest of each partition first, until nothing is left or the time is up. A
 * queue that fails ends the work on its partition: its line says why, and the next run goes on. What is sent and not removed is
 * sent again, and dropped as a duplicate. Writes a line of what is left, also where another run is at it, since that one may
 * have died. Throws when the table cannot tell it: Lambda's next try finds no lock.
 */
export async function bringIn(deps: BringInDeps, limit: CallContext['limit']): Promise<BroughtIn> {
  const untilEpochMs = limit.signalEpochMs + marginMs
  const done = { broughtIn: 0, givenUp: 0 }
  if (!(await deps.aside.lock(untilEpochMs, limit.signal))) return tellLeft(deps, done, limit.signal)
  try {
    const work = asidePartitions.map((partition) => bringInPartition(deps, partition, done, limit))
    for (const end of await Promise.allSettled(work))
      if (end.status === 'rejected')
        deps.log('error', { failure: 'bring-in', error: deps.describe(end.reason) })
    return await tellLeft(deps, done, limit.signal)
  } finally {
    // If this fails, the lock is over by itself when the next run begins.
    await deps.aside.unlock(untilEpochMs, limit.signal).catch(() => {})
  }
}

type Done = Omit<BroughtIn, 'left'>

async function tellLeft(deps: BringInDeps, done: Done, signal: AbortSignal): Promise<BroughtIn> {
  const { count, oldestEpochMs } = await deps.aside.survey(signal)
  const asideSeconds = oldestEpochMs === undefined ? 0 : Math.round((deps.clock.now() - oldestEpochMs) / 1000)
  deps.log('info', { aside: count, asideSeconds, ...done })
  return { ...done, left: count }
}

async function bringInPartition(
  deps: BringInDeps,
  partition: string,
  done: Done,
  { signal, signalEpochMs }: CallContext['limit'],
): Promise<void> {
  let after: string | undefined
  while (deps.clock.now() < signalEpochMs - marginMs) {
    const messages = await deps.aside.oldest(partition, signal, after)
    if (messages.length === 0) return
    for (const message of messages) await bringInMessage(deps, message, done, signal)
    after = messages.at(-1)?.sortKey
  }
}

/** One that the queue refuses for what it is stays: a later run tries it again. */
async function bringInMessage(
  deps: BringInDeps,
  message: AsideMessage,
  done: Done,
  signal: AbortSignal,
): Promise<void> {
  try {
    await placeMessage(deps.client, deps.queueUrls[message.queue], message, signal)
    done.broughtIn++
  } catch (error) {
    if (!isRefusal(error)) throw error
    if (message.refusals + 1 < maxRefusals) {
      await deps.aside.countRefusal(message, signal)
      return
    }
    // Any queue takes a body so written.
    const letter = isReferring(message.attributes) ? message : withGzippedBody(message, gzippedBody(message))
    await deps.deadLetters.send(
      letter,
      {
        kind: 'refused-by-queue',
        reason: `its queue refused it ${maxRefusals} times: ${deps.describe(error)}`,
        resource: undefined,
      },
      signal,
    )
    done.givenUp++
  }
  await deps.aside.remove(message, signal)
}
