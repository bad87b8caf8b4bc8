import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { messageGroupId } from '../../../shared/event/event-identity.ts'
import { ticksToEpochMs } from '../../../shared/event/ticks.ts'
import { sqsAttributes } from '../../../shared/queue/sqs-attributes.ts'
import { callTime } from './call-time.ts'
import type { DeadLetter, LetterInHand } from './dead-letter.ts'
import type { DeadLettersDeps } from './dead-letters-deps.ts'
import { takeDeadLetters } from './take-dead-letters.ts'

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

/** With all of its attributes, in its resource's group. One that cannot be read waits for nobody. */
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
  await sqs.send(command, { abortSignal: callTime() })
}
