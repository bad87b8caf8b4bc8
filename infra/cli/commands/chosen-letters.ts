import type { DeadLetter } from '../../operate/dead-letters/dead-letter.ts'
import type { DeadLettersDeps } from '../../operate/dead-letters/dead-letters-deps.ts'
import { surveyDeadLetters } from '../../operate/dead-letters/survey-dead-letters.ts'
import { lineForTerminal } from '../../terminal/terminal-text.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { unlessInterrupted } from '../terminal/unless-interrupted.ts'
import { type LetterFilter, letterFilter } from './letter-options.ts'
import { checkedName, namedLetters } from './named-letters.ts'
import type { Run } from './on-deployment.ts'

/** What a command line means, of what lies there. */
export interface ChosenLetters {
  letters: DeadLetter[]
  /** Names of letters that are not there. */
  notFound: string[]
  /** About how many letters somebody else has in hand. */
  elsewhere: number
}

/** Those that are named, or all, as far as the filter lets them. Throws `NotUnderstood` and `UsageError`. */
export async function chosenLetters(
  deps: DeadLettersDeps,
  names: readonly string[],
  filter: LetterFilter,
): Promise<ChosenLetters> {
  names.forEach(checkedName)
  const passing = letterFilter(deps, filter)
  const { letters, elsewhere } = await unlessInterrupted(
    (signal) => surveyDeadLetters(deps, signal),
    () => 'Stopped. Nothing was changed.',
  )
  const passed = await passing(letters)
  if (names.length === 0) return { letters: passed, notFound: [], elsewhere }
  const named = names.map((name) => ({ name, found: namedLetters(passed, name) }))
  const notFound = named.filter(({ found }) => found.length === 0).map(({ name }) => name)
  return { letters: [...new Set(named.flatMap(({ found }) => found))], notFound, elsewhere }
}

/** Told at the end: it is no success that something was not there, or was in other hands. */
export function refuseMissing({ next }: Run, { notFound }: ChosenLetters, leftOver = 0): void {
  const problems = [
    ...(leftOver > 0 ? [`${leftOver} went into somebody else's hands meanwhile.`] : []),
    ...(notFound.length > 0
      ? [`Not found: ${notFound.map(lineForTerminal).join(', ')}. See what is there: ${next('dlq list')}`]
      : []),
  ]
  if (problems.length > 0) throw new UsageError(problems.join('\n'))
}

export function elsewhereLines(elsewhere: number): string[] {
  if (elsewhere === 0) return []
  const what = elsewhere === 1 ? '1 more is' : `${elsewhere} more are`
  return [`About ${what} being looked at or sent back by somebody else: look again in two minutes.`]
}
