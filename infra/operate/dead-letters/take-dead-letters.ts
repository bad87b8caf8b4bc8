import { DeleteMessageCommand } from '@aws-sdk/client-sqs'
import { callTime } from './call-time.ts'
import type { DeadLetter, LetterInHand } from './dead-letter.ts'
import type { DeadLettersDeps } from './dead-letters-deps.ts'
import { surveyDeadLetters } from './survey-dead-letters.ts'
import { walkDeadLetters } from './walk-dead-letters.ts'

export interface Take {
  which(letter: DeadLetter): boolean
  /** What is done with a letter before it is deleted. Does no harm when it is done again. */
  before(letter: LetterInHand): Promise<void>
  /** It is deleted. */
  onTaken(letter: LetterInHand): void
}

/**
 * Deletes the letters that are meant, each after what is to be done with it. They are chosen by a walk of its own: an event
 * that is sent back and fails again leaves a new letter, which would be taken again and again. `kept`: those not meant, and
 * those that somebody else took meanwhile. `elsewhere`: about how many more somebody else held, which were not found.
 */
export async function takeDeadLetters(
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
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }), { abortSignal: callTime() })
}
