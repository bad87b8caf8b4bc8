import { largeFromChars } from '../../shared/event/envelope.ts'
import type { OpenedMarks } from '../../shared/ledger/opened-marks.ts'
import { attributeNames, isReferring } from '../../shared/queue/message.ts'
import { backOffMs } from '../../shared/runtime/back-off.ts'
import { canonicalLine, lineIds } from '../../shared/runtime/canonical-line.ts'
import type { TimeLimit } from '../../shared/runtime/time-limit.ts'
import { giveUpCrashed } from './give-up.ts'
import { groupsByDeath, markedFromReceive } from './groups-by-death.ts'
import { moveDelayed } from './move-delayed.ts'
import { type ProcessDeps, processEvent } from './process-event.ts'
import type { Processed } from './processed.ts'
import type { Batch, ReceivedMessage } from './sqs-batch.ts'

export interface ConsumeDeps extends ProcessDeps {
  openedMarks: OpenedMarks
  /** Makes the message visible again in so many seconds, in the queue that it came from. */
  changeVisibility(message: ReceivedMessage, seconds: number, signal: AbortSignal): Promise<void>
}

/**
 * Handles a batch and returns the ids of the messages that stay in the queue. Message groups run in parallel, a group's
 * messages in order; those with a large message run one by one beside the others. A failed event does not stop those behind
 * it: the ledger, not the queue, keeps the order right. Groups whose last worker died come after all others, one by one:
 * what kills the process again takes nothing along.
 */
export async function consumeBatch(deps: ConsumeDeps, { messages, limit }: Batch): Promise<string[]> {
  const kept = await beforeTimeIsUp(deps, limit, consumeAll(deps, messages, limit))
  if (kept) return kept
  deps.log('error', { failure: 'out-of-time', running: deps.running.names().join(' ') })
  deps.log('info', eventLine({ outcome: 'error' }, deps.clock.now() - limit.startEpochMs))
  return messages.map(({ messageId }) => messageId)
}

/**
 * What the work comes to; undefined when it takes longer: an exception that nobody caught may leave a handler's run, or one of
 * ours, without an end. Nor does it count after a stall: what was recorded so late may have lost its delayed message, and only
 * this one brings it back.
 */
async function beforeTimeIsUp<T>(
  { clock }: ConsumeDeps,
  { reportEpochMs, deadlineEpochMs }: TimeLimit,
  work: Promise<T>,
): Promise<T | undefined> {
  const { promise: timeIsUp, resolve } = Promise.withResolvers<undefined>()
  const cancel = clock.after(reportEpochMs - clock.now(), () => resolve(undefined))
  const result = await Promise.race([work, timeIsUp]).finally(cancel)
  return clock.now() < deadlineEpochMs ? result : undefined
}

async function consumeAll(
  deps: ConsumeDeps,
  messages: readonly ReceivedMessage[],
  limit: TimeLimit,
): Promise<string[]> {
  const groups = [...Map.groupBy(messages, ({ groupId }) => groupId).values()]
  const { others, afterDeaths } = await groupsByDeath(deps, groups, limit.signal)
  const { large = [], small = [] } = Object.groupBy(others, (group) =>
    group.some(mayBeLarge) ? 'large' : 'small',
  )
  const kept = await Promise.all([
    ...small.map((group) => consumeGroup(deps, group, limit)),
    consumeOneByOne(deps, large, limit, 'first'),
  ])
  const turn = others.length === 0 ? 'first' : 'after-others'
  return [...kept.flat(), ...(await consumeOneByOne(deps, afterDeaths, limit, turn))]
}

/** What is long, or may become so: to read it takes time and memory, which ten of them together would not have. */
function mayBeLarge({ body, attributes }: ReceivedMessage): boolean {
  const isPacked = attributes[attributeNames.encoding] === 'gzip' || isReferring(attributes)
  return body.length >= largeFromChars || isPacked
}

type Turn = 'first' | 'after-others'

async function consumeOneByOne(
  deps: ConsumeDeps,
  groups: readonly (readonly ReceivedMessage[])[],
  limit: TimeLimit,
  firstTurn: Turn,
): Promise<string[]> {
  const kept: string[] = []
  for (const [index, group] of groups.entries()) {
    kept.push(...(await consumeGroup(deps, group, limit, index === 0 ? firstTurn : 'after-others')))
  }
  return kept
}

/** A message that stays, and when it is to come back. */
interface Kept {
  message: ReceivedMessage
  atEpochMs: number
}

/**
 * The first message that stays ends its group here: SQS hands out what stands before a message in flight. So none of the
 * group becomes visible before its last run here has ended.
 */
async function consumeGroup(
  deps: ConsumeDeps,
  group: readonly ReceivedMessage[],
  limit: TimeLimit,
  turn: Turn = 'first',
): Promise<string[]> {
  const kept: Kept[] = []
  for (const [index, message] of group.entries()) {
    const mayBegin = (index === 0 && turn === 'first') || isTimeForOneMore(deps, limit)
    const atEpochMs =
      kept.length === 0 && mayBegin ? await consumeOne(deps, message, limit) : deps.clock.now()
    if (atEpochMs !== undefined) kept.push({ message, atEpochMs })
  }
  await Promise.all(kept.map((each) => keep(deps, each, limit)))
  return kept.map(({ message }) => message.messageId)
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
    const processed = message.isDelayed
      ? await moveDelayed(deps, message, limit.signal)
      : await processMarked(deps, message, limit)
    if (processed) deps.log('info', eventLine(processed, deps.clock.now() - startEpochMs))
    return processed?.retryAtEpochMs
  } catch (error) {
    deps.log('error', { failure: 'consumer', message: message.messageId, error: deps.describe(error) })
    deps.log('info', eventLine({ outcome: 'error' }, deps.clock.now() - startEpochMs))
    const waitMs = (deps.backOffMs ?? backOffMs)(Math.min(message.receiveCount, 10), upperPart(deps.random()))
    return deps.clock.now() + waitMs
  }
}

/** A tenth of a wait that no handler chose is random: 1,000 receives are to last for three days. */
function upperPart(random: number): number {
  return 0.8 + random / 5
}

/** A process that stalled, or whose time is over, has not died: its mark goes all the same. */
const removeMs = 2_000

/** Deaths that a mark tells of, after which the message is opened no more. */
const mostDeaths = 3

async function processMarked(
  deps: ConsumeDeps,
  message: ReceivedMessage,
  limit: TimeLimit,
): Promise<Processed> {
  if (message.receiveCount < markedFromReceive) return processEvent(deps, message, limit)
  const { messageId } = message
  const count = await deps.openedMarks.raise(messageId, limit.signal)
  // That mark stays: a message that comes back all the same is not opened again.
  if (count > mostDeaths) return giveUpCrashed(deps, message, limit)
  try {
    return await processEvent(deps, message, limit)
  } finally {
    await deps.openedMarks.remove(messageId, AbortSignal.timeout(removeMs)).catch((error) => {
      deps.log('warn', { warning: 'mark not removed', message: messageId, error: deps.describe(error) })
    })
  }
}

/** A message would else wait for the queue's whole visibility timeout; when this fails, it does. */
async function keep(deps: ConsumeDeps, { message, atEpochMs }: Kept, limit: TimeLimit): Promise<void> {
  const seconds = Math.max(0, Math.ceil((atEpochMs - deps.clock.now()) / 1000))
  try {
    await deps.changeVisibility(message, seconds, limit.signal)
  } catch (error) {
    deps.log('warn', {
      warning: 'visibility not changed',
      message: message.messageId,
      error: deps.describe(error),
    })
  }
}

function eventLine(
  { outcome, event, attempt, recovered, replay }: Omit<Processed, 'outcome'> & { outcome: string },
  ms: number,
) {
  return canonicalLine({
    event: outcome,
    type: event?.type,
    ...(event && lineIds(event)),
    ms,
    // Nearly always 1: said only when it is not.
    ...(attempt !== undefined && attempt > 1 && { attempt }),
    ...(recovered && { recovered: 1 }),
    replay,
  })
}
