import { readEvent } from '../../../shared/ledger/read-event.ts'
import { unpackMessage } from '../../../shared/queue/message.ts'
import { callLimit } from '../../operate/call-limit.ts'
import type { LetterInHand } from '../../operate/dead-letters/dead-letter.ts'
import { deadLettersDepsOf } from '../../operate/dead-letters/dead-letters-deps.ts'
import { letterJson } from '../../operate/dead-letters/letter-json.ts'
import { surveyDeadLetters } from '../../operate/dead-letters/survey-dead-letters.ts'
import { eventJson } from '../../operate/events/event-json.ts'
import { eventTableOf } from '../../operate/events/event-table.ts'
import { parsedNotification } from '../../operate/events/notification-lines.ts'
import { lineForTerminal } from '../../terminal/terminal-text.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { letterLines } from '../terminal/letter-lines.ts'
import { unlessInterrupted } from '../terminal/unless-interrupted.ts'
import { elsewhereLines } from './chosen-letters.ts'
import { command } from './command.ts'
import { type ShowOptions, withUtc } from './event-options.ts'
import { checkedName, namedLetters } from './named-letters.ts'
import { onDeployment, type Run } from './on-deployment.ts'

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
