import { unpackMessage } from '../../../shared/message.ts'
import { readEvent } from '../../../shared/read-event.ts'
import { UsageError } from '../../usage-error.ts'
import type { LetterInHand } from '../dead-letters/dead-letter.ts'
import { deadLettersDepsOf } from '../dead-letters/dead-letters-deps.ts'
import { surveyDeadLetters } from '../dead-letters/survey-dead-letters.ts'
import { callLimit } from './call-limit.ts'
import { elsewhereLines } from './chosen-letters.ts'
import { command } from './command.ts'
import { eventJson } from './event-json.ts'
import { type ShowOptions, withUtc } from './event-options.ts'
import { eventTableOf } from './event-table.ts'
import { letterJson } from './letter-json.ts'
import { letterLines } from './letter-lines.ts'
import { checkedName, namedLetters } from './named-letters.ts'
import { parsedNotification } from './notification-lines.ts'
import { onDeployment, type Run } from './on-deployment.ts'
import { lineForTerminal } from './terminal-text.ts'
import { unlessInterrupted } from './unless-interrupted.ts'

/** All that is known of one dead letter, and what can be done about it. */
export const dlqShow = withUtc(
  command(
    'show <reference>',
    'Shows a dead letter: why it lies there, what each handler failed with, its payload, and what can be done.',
    ['dlq show mhikn8rn-d79d4bee', 'dlq show d79d4bee --json'],
  ),
).action(
  onDeployment<ShowOptions>(async (run, { utc }, name = '') => {
    const letters = await lettersOf(run, checkedName(name))
    // The newest tells how things are now.
    const letter = letters.reduce((a, b) => (b.sinceEpochMs > a.sinceEpochMs ? b : a))
    const event =
      letter.event && (await readEvent(eventTableOf(run.deployment), letter.event, callLimit().signal))
    const text = textOf(letter)
    run.out.result(
      {
        ...letterJson(letter),
        stored: event ? eventJson(event) : null,
        ...{ lettersOfEvent: letters.length, notification: parsedNotification(text), text },
      },
      letterLines(run, { letter, text, event, others: letters.length - 1, utc }),
    )
  }),
)

async function lettersOf(run: Run, name: string): Promise<[LetterInHand, ...LetterInHand[]]> {
  const maybe: LetterInHand[] = []
  const { elsewhere } = await unlessInterrupted(
    (signal) =>
      surveyDeadLetters(deadLettersDepsOf(run.deployment), signal, (letter) => {
        // Bodies may be large: others are not kept.
        if (namedLetters([letter], name).length > 0) maybe.push(letter)
      }),
    () => 'Stopped. Nothing was changed.',
  )
  const [first, ...others] = namedLetters(maybe, name)
  if (first) return [first, ...others]
  throw new UsageError(
    [
      `There is no dead letter ${lineForTerminal(name)}. See what is there: ${run.next('dlq list')}`,
      ...elsewhereLines(elsewhere),
    ].join('\n'),
  )
}

/** Undefined when it is not in the encoding that it claims. */
function textOf({ message }: LetterInHand): string | undefined {
  try {
    return unpackMessage(message).text
  } catch {
    return undefined
  }
}
