import { waitingIn } from '../../../shared/queue/waiting.ts'
import { callTime } from './call-time.ts'
import type { DeadLetter, LetterInHand } from './dead-letter.ts'
import type { DeadLettersDeps } from './dead-letters-deps.ts'
import { walkDeadLetters } from './walk-dead-letters.ts'

export interface Survey {
  /** Oldest first. */
  letters: DeadLetter[]
  /** About how many more lie there, which somebody else is looking at or sending back just now. */
  elsewhere: number
}

/** Looks at all dead letters. All are visible again afterwards. `onLetter` is shown each of them with its body. */
export async function surveyDeadLetters(
  deps: DeadLettersDeps,
  signal: AbortSignal,
  onLetter: (letter: LetterInHand) => void = () => {},
): Promise<Survey> {
  const letters: DeadLetter[] = []
  let elsewhere = 0
  await walkDeadLetters(
    deps,
    {
      async visit(letter) {
        const { message, receiptHandle, ...row } = letter
        letters.push(row)
        onLetter(letter)
        return 'kept'
      },
      async atEnd(held) {
        const { waiting, inWork } = await waitingIn(deps.sqs, deps.deadLetterQueueUrl, callTime())
        elsewhere = Math.max(0, waiting + inWork - held)
      },
    },
    signal,
  )
  return { letters: letters.sort((a, b) => a.sinceEpochMs - b.sinceEpochMs), elsewhere }
}
