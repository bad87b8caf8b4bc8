import { readEvent } from '../../../shared/ledger/read-event.ts'
import { fetchBody } from '../../../shared/queue/fetch-body.ts'
import { unpackMessage } from '../../../shared/queue/message.ts'
import { BodyGone } from '../../../shared/queue/stored-body.ts'
import { type LetterInHand, letterJson } from '../../operate/dead-letters/dead-letter.ts'
import { deadLettersDepsOf, surveyDeadLetters } from '../../operate/dead-letters/walk-dead-letters.ts'
import { callLimit, eventTableOf } from '../../operate/deployment.ts'
import { eventJson, parsedNotification } from '../../operate/events/event-json.ts'
import { lineForTerminal } from '../../terminal/terminal-text.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { letterCount, letterLines, letterTable } from '../terminal/letter-words.ts'
import { unlessInterrupted } from '../terminal/until-interrupted.ts'
import { group, reading } from './command.ts'
import {
  checkedName,
  elsewhereLines,
  type LetterFilter,
  letterFilter,
  namedLetters,
  withLetterFilter,
} from './dlq/chosen-letters.ts'
import { dlqDrop } from './dlq/drop.ts'
import { dlqRedrive } from './dlq/redrive.ts'
import { type ShowOptions, withUtc } from './events/options.ts'
import { onDeployment, type Run } from './on-deployment.ts'

/** What lies in the dead-letter queue, and why. */
const dlqList = withLetterFilter(
  reading(
    'list',
    'Lists what nobody will handle until somebody looks at it, oldest first, and why. While it looks, nobody else sees ' +
      'the letters; afterwards they are there as before.',
    ['dlq list', 'dlq list --kind attempts-spent,crashed', "dlq list --type 'contact.*' --json"],
  ),
).action(
  onDeployment<LetterFilter>(async ({ deployment, out, next }, options) => {
    const deps = deadLettersDepsOf(deployment)
    const passing = letterFilter(deps, options)
    const { letters: all, elsewhere } = await unlessInterrupted(
      (signal) => surveyDeadLetters(deps, signal),
      () => 'Stopped. Nothing was changed.',
    )
    const letters = await passing(all)
    const others = all.length - letters.length
    const shown = letters.length === 0 ? 'No dead letters' : letterCount(letters.length)
    const count = `${shown}${others > 0 ? `, and ${others} that the filter leaves out` : ''}.`
    const advice = [
      `See one: ${next({ command: 'dlq show', positionals: ['REFERENCE'] })}`,
      `Send it back, once the cause is mended: ${next({ command: 'dlq redrive', positionals: ['REFERENCE'] })}`,
    ]
    out.result({ letters: letters.map(letterJson), elsewhere }, [
      ...(letters.length > 0 ? [...letterTable(letters, options.utc), ''] : []),
      count,
      ...elsewhereLines(elsewhere),
      ...(letters.length > 0 ? advice : []),
    ])
  }),
)

/** All that is known of one dead letter, and what can be done about it. */
const dlqShow = withUtc(
  reading(
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
    const text = await textOf(run, letter)
    run.out.result(
      {
        ...letterJson(letter),
        stored: event ? eventJson(event) : null,
        lettersOfEvent: letters.length,
        notification: parsedNotification(text),
        text,
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

/** Undefined when it is not in the encoding that it claims, or its body is in the table no more. */
async function textOf({ deployment }: Run, { message }: LetterInHand): Promise<string | undefined> {
  const whole = await fetchBody(eventTableOf(deployment), message, callLimit().signal).catch((error) => {
    if (error instanceof BodyGone) return undefined
    throw error
  })
  try {
    return whole && unpackMessage(whole).text
  } catch {
    return undefined
  }
}

/** The dead letters of a deployment. */
export const dlq = group('dlq', 'Shows dead letters, sends them back or drops them', [
  dlqList,
  dlqShow,
  dlqRedrive,
  dlqDrop,
])
