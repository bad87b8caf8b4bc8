import { DeleteMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { messageGroupId } from '../../../shared/event/event-identity.ts'
import { ticksToEpochMs } from '../../../shared/event/ticks.ts'
import { type DropOutcome, dropEvent } from '../../../shared/ledger/drop-event.ts'
import { sqsAttributes } from '../../../shared/queue/sqs-attributes.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import type { DeadLetter, LetterInHand } from './dead-letter.ts'
import { callSignal, type DeadLettersDeps, surveyDeadLetters, walkDeadLetters } from './walk-dead-letters.ts'

interface Take {
  which(letter: DeadLetter): boolean
  /** It is run for a letter before that is deleted, and does no harm when it is run again. */
  before(letter: LetterInHand): Promise<void>
  /** It is called once the letter is deleted. */
  onTaken(letter: LetterInHand): void
}

/**
 * Deletes the letters that are meant, each after `before` was run for it. A walk of its own chooses them first: an event that
 * is sent back and fails again leaves a new letter, which would be taken again and again. `kept`: how many were not meant, or
 * were taken by somebody else meanwhile. `elsewhere`: about how many more somebody else held, so that they were not found.
 */
async function takeDeadLetters(
  deps: DeadLettersDeps,
  { which, before, onTaken }: Take,
  signal: AbortSignal,
): Promise<{ taken: number; kept: number; elsewhere: number }> {
  const { letters: found, elsewhere } = await surveyDeadLetters(deps, signal)
  const chosen = new Set(found.filter(which).map(({ id }) => id))
  const count = chosen.size
  await walkDeadLetters(
    deps,
    {
      isDone: () => chosen.size === 0,
      async visit(letter) {
        if (!chosen.has(letter.id) || signal.aborted) return 'kept'
        await before(letter)
        await remove(deps, letter)
        chosen.delete(letter.id)
        onTaken(letter)
        return 'gone'
      },
    },
    signal,
  )
  const taken = count - chosen.size
  return { taken, kept: found.length - taken, elsewhere }
}

async function remove(
  { sqs, deadLetterQueueUrl: QueueUrl }: DeadLettersDeps,
  { receiptHandle: ReceiptHandle }: LetterInHand,
): Promise<void> {
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }), { abortSignal: callSignal() })
}

/**
 * Whether its event claims a time that is still to come. Handled before then, it supersedes the real events of its resource
 * until then: it goes back only when somebody names it.
 */
export function isAheadOfTime({ event }: Pick<DeadLetter, 'event'>, nowEpochMs: number): boolean {
  return event !== undefined && ticksToEpochMs(event.ticks) > nowEpochMs
}

/**
 * Sends dead letters back to the queue of events, and then deletes them. Killed at any point, nothing is lost: the copy of a
 * second run is dropped by the queue, or later found to be a duplicate, since the letter's fence opens its event only once.
 */
export async function redriveDeadLetters(
  deps: DeadLettersDeps,
  {
    which,
    onRedriven = () => {},
  }: { which(letter: DeadLetter): boolean; onRedriven?(letter: DeadLetter): void },
  signal: AbortSignal,
): Promise<{ redriven: number; kept: number; elsewhere: number }> {
  const { taken, kept, elsewhere } = await takeDeadLetters(
    deps,
    { which, before: (letter) => sendBack(deps, letter), onTaken: onRedriven },
    signal,
  )
  return { redriven: taken, kept, elsewhere }
}

/** Sends a letter with all of its attributes, in its resource's group. One that cannot be read gets a group of its own. */
async function sendBack({ sqs, queueUrl }: DeadLettersDeps, letter: LetterInHand): Promise<void> {
  const { id, message, event } = letter
  const command = new SendMessageCommand({
    QueueUrl: queueUrl,
    MessageBody: message.body,
    MessageAttributes: sqsAttributes(message.attributes),
    MessageGroupId: event ? messageGroupId(event.resourceKey) : id,
    // Fresh for each letter, and the same when a redrive that was killed is run again.
    MessageDeduplicationId: `redrive-${id}`,
  })
  await sqs.send(command, { abortSignal: callSignal() })
}

interface DropLetters {
  which(letter: DeadLetter): boolean
  /** 1 to 500 characters, apart from white space around them. */
  reason: string
  /** `no-event`: the reason is kept nowhere, since there is no event to keep it with. */
  onDropped?(letter: DeadLetter, recorded: DropOutcome): void
}

/**
 * Records why with each event, and then deletes its letter. Killed at any point, it can be run again. A letter whose event
 * went on without it is deleted, and the event stays as it is. Throws `UsageError` without a reason.
 */
export async function dropDeadLetters(
  deps: DeadLettersDeps,
  { which, reason, onDropped = () => {} }: DropLetters,
  signal: AbortSignal,
): Promise<{ dropped: number; kept: number; elsewhere: number }> {
  const checked = dropReason(reason)
  const outcomes = new Map<string, DropOutcome>()
  const { taken, kept, elsewhere } = await takeDeadLetters(
    deps,
    {
      which,
      async before(letter) {
        outcomes.set(letter.id, await record(deps, letter, checked))
      },
      onTaken: (letter) => onDropped(letter, outcomes.get(letter.id) ?? 'no-event'),
    },
    signal,
  )
  return { dropped: taken, kept, elsewhere }
}

async function record(
  { dynamodb, tableName, clock }: DeadLettersDeps,
  { event, fence, movedBySqs, reason: before }: DeadLetter,
  reason: string,
): Promise<DropOutcome> {
  if (!event) return 'no-event'
  const { resourceKey, ticks, eventId } = event
  return dropEvent(
    { client: dynamodb, tableName },
    { resourceKey, ticks, eventId, fence, movedBySqs, before, reason, atEpochMs: clock.now() },
    callSignal(),
  )
}

const maxChars = 500

/** A written reason as it is recorded. Throws `UsageError`. */
export function dropReason(text: string): string {
  const reason = text.trim()
  if (reason === '') throw new UsageError('Say why it is dropped: the reason is kept with the event.')
  if (reason.length <= maxChars) return reason
  throw new UsageError(`The reason has ${reason.length} characters: at most ${maxChars} are kept.`)
}
