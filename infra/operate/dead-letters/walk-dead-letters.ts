import { ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { callTime } from './call-time.ts'
import type { LetterInHand } from './dead-letter.ts'
import type { DeadLettersDeps } from './dead-letters-deps.ts'
import { type HeldLetters, heldLetters, heldSeconds } from './held-letters.ts'
import { readLetter } from './read-letter.ts'

interface Walk {
  /** `gone`: it deleted the letter. Called for the letters of a batch at once. */
  visit(letter: LetterInHand): Promise<'kept' | 'gone'>
  /** Whether nothing more is looked for. @default the walk goes to the end of the queue */
  isDone?(): boolean
  /** At the end of the queue, while so many letters are still held. */
  atEnd?(held: number): Promise<void>
}

/** SQS then asks all of its servers: an empty answer says that nothing is left. */
const waitSeconds = 1

/**
 * Shows each letter that nobody else holds once. What was shown is hidden until the walk is over, since it would be received
 * again, and visible afterwards, also when the walk fails or is stopped. Throws the signal's reason, and what `visit` throws.
 */
export async function walkDeadLetters(deps: DeadLettersDeps, walk: Walk, signal: AbortSignal): Promise<void> {
  const { isDone = () => false, atEnd } = walk
  const held = heldLetters(deps)
  const seen = new Set<string>()
  try {
    while (!isDone()) {
      signal.throwIfAborted()
      await held.renew()
      const letters = await receive(deps)
      held.hold(letters)
      if (letters.length === 0) break
      // One that took longer than it is hidden is received again.
      const fresh = letters.filter(({ id }) => !seen.has(id))
      for (const { id } of fresh) seen.add(id)
      await visitAll(walk, fresh, held)
    }
    if (!isDone()) signal.throwIfAborted()
    await atEnd?.(held.count())
  } finally {
    await held.release()
  }
}

/** Calls that are under way end, whatever becomes of others. */
async function visitAll({ visit }: Walk, letters: readonly LetterInHand[], held: HeldLetters): Promise<void> {
  const visits = await Promise.allSettled(
    letters.map(async (letter) => {
      if ((await visit(letter)) === 'gone') held.forget(letter.id)
    }),
  )
  for (const each of visits) if (each.status === 'rejected') throw each.reason
}

async function receive({ sqs, deadLetterQueueUrl }: DeadLettersDeps): Promise<LetterInHand[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: deadLetterQueueUrl,
    MaxNumberOfMessages: 10,
    WaitTimeSeconds: waitSeconds,
    VisibilityTimeout: heldSeconds,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['All'],
  })
  return ((await sqs.send(command, { abortSignal: callTime() })).Messages ?? []).map(readLetter)
}
