import { backOffMs } from '../../shared/back-off.ts'
import { canonicalLine, lineIds } from '../../shared/canonical-line.ts'
import type { TimeLimit } from '../../shared/time-limit.ts'
import { type ProcessDeps, type Processed, processEvent } from './process-event.ts'
import type { ReceivedMessage } from './sqs-batch.ts'

export interface ConsumeDeps extends ProcessDeps {
  /** Makes the message visible again in so many seconds. */
  changeVisibility(receiptHandle: string, seconds: number, signal: AbortSignal): Promise<void>
}

export interface Batch {
  messages: readonly ReceivedMessage[]
  limit: TimeLimit
}

/**
 * Handles a batch and returns the ids of the messages that stay in the queue. Message groups run in parallel, a group's
 * messages in order. A failed event does not stop those behind it: the ledger, not the queue, keeps the order right.
 */
export async function consumeBatch(deps: ConsumeDeps, { messages, limit }: Batch): Promise<string[]> {
  const groups = Map.groupBy(messages, ({ groupId }) => groupId)
  const kept = await Promise.all([...groups.values()].map((group) => consumeGroup(deps, group, limit)))
  return kept.flat()
}

async function consumeGroup(
  deps: ConsumeDeps,
  group: readonly ReceivedMessage[],
  limit: TimeLimit,
): Promise<string[]> {
  const kept: string[] = []
  for (const [index, message] of group.entries()) {
    if (index > 0 && !isTimeForOneMore(deps, limit)) {
      await keep(deps, message, deps.clock.now(), limit)
      kept.push(message.messageId)
      continue
    }
    const retryAtEpochMs = await consumeOne(deps, message, limit)
    if (retryAtEpochMs === undefined) continue
    await keep(deps, message, retryAtEpochMs, limit)
    kept.push(message.messageId)
  }
  return kept
}

/** An event gets at least half of the time that handlers have, or is not started: a cut-off run would count as failed. */
function isTimeForOneMore({ clock }: ConsumeDeps, { startEpochMs, signalEpochMs }: TimeLimit): boolean {
  return signalEpochMs - clock.now() >= (signalEpochMs - startEpochMs) / 2
}

/** Returns when the message is to come back, or undefined when it is done. */
async function consumeOne(
  deps: ConsumeDeps,
  message: ReceivedMessage,
  limit: TimeLimit,
): Promise<number | undefined> {
  const startEpochMs = deps.clock.now()
  try {
    const processed = await processEvent(deps, message, limit)
    deps.log('info', eventLine(processed, deps.clock.now() - startEpochMs))
    return processed.retryAtEpochMs
  } catch (error) {
    deps.log('error', { failure: 'consumer', message: message.messageId, error: deps.describe(error) })
    deps.log('info', eventLine({ outcome: 'error' }, deps.clock.now() - startEpochMs))
    const waitMs = (deps.backOffMs ?? backOffMs)(Math.min(message.receiveCount, 10), deps.random())
    return deps.clock.now() + waitMs
  }
}

/** Without it, the message would wait for the queue's whole visibility timeout; with a failure here, it just does. */
async function keep(
  deps: ConsumeDeps,
  message: ReceivedMessage,
  atEpochMs: number,
  limit: TimeLimit,
): Promise<void> {
  const seconds = Math.max(0, Math.ceil((atEpochMs - deps.clock.now()) / 1000))
  try {
    await deps.changeVisibility(message.receiptHandle, seconds, limit.signal)
  } catch (error) {
    deps.log('warn', {
      warning: 'visibility not changed',
      message: message.messageId,
      error: deps.describe(error),
    })
  }
}

function eventLine(
  { outcome, envelope, note, attempt, replay }: Omit<Processed, 'outcome'> & { outcome: string },
  ms: number,
) {
  return canonicalLine({
    event: outcome,
    type: envelope?.type,
    ...(envelope && note && lineIds({ ...envelope, ...note })),
    ms,
    // Nearly always 1: said only when it is not.
    ...(attempt !== undefined && attempt > 1 && { attempt }),
    replay,
  })
}
