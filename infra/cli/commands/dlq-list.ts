import { deadLettersDepsOf } from '../../operate/dead-letters/dead-letters-deps.ts'
import { letterJson } from '../../operate/dead-letters/letter-json.ts'
import { surveyDeadLetters } from '../../operate/dead-letters/survey-dead-letters.ts'
import { letterCount, letterTable } from '../terminal/letter-table.ts'
import { unlessInterrupted } from '../terminal/unless-interrupted.ts'
import { elsewhereLines } from './chosen-letters.ts'
import { command } from './command.ts'
import { type LetterFilter, letterFilter, withLetterFilter } from './letter-options.ts'
import { onDeployment } from './on-deployment.ts'

/** What lies in the dead-letter queue, and why. */
export const dlqList = withLetterFilter(
  command(
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
      ...[count, ...elsewhereLines(elsewhere), ...(letters.length > 0 ? advice : [])],
    ])
  }),
)
