import type { DropOutcome } from '../../../../shared/ledger/drop-event.ts'
import { type DeadLetter, letterJson } from '../../../operate/dead-letters/dead-letter.ts'
import { dropDeadLetters, dropReason } from '../../../operate/dead-letters/take-dead-letters.ts'
import { deadLettersDepsOf } from '../../../operate/dead-letters/walk-dead-letters.ts'
import { lineForTerminal } from '../../../terminal/terminal-text.ts'
import { NotUnderstood, UsageError } from '../../../terminal/usage-error.ts'
import { askWhether, isInteractive } from '../../terminal/ask.ts'
import { letterCount, letterName, letterTable } from '../../terminal/letter-words.ts'
import { unlessInterrupted } from '../../terminal/until-interrupted.ts'
import { changingCommand } from '../command.ts'
import { onDeployment, type Run } from '../on-deployment.ts'
import {
  type ChosenLetters,
  chosenLetters,
  elsewhereLines,
  type LetterFilter,
  refuseMissing,
  saysWhich,
  whichLetters,
  withLetterFilter,
} from './chosen-letters.ts'

interface DropOptions extends LetterFilter {
  reason?: string
  yes?: boolean
}

/** Deletes dead letters, and records why. */
export const dlqDrop = withLetterFilter(
  changingCommand(
    'drop [references...]',
    'Deletes dead letters for good: those named, or those that a filter says. Why is recorded in their events, which end ' +
      'as dropped. Asks before; without a terminal, --yes says so.',
    [
      "dlq drop mhikn8rn-d79d4bee --stage prod --reason 'Test data of the go-live'",
      "dlq drop --kind quarantined --stage prod --reason 'Probes of our load test' --yes",
    ],
  ),
)
  .option('--reason <text>', 'why, in up to 500 characters')
  .option('--yes', 'does not ask')
  .action(
    onDeployment<DropOptions, [string[]]>(async (run, options, names) => {
      if (!saysWhich(names, options)) throw new NotUnderstood(`Say which: ${whichLetters}.`)
      const reason = checkedReason(options.reason)
      const chosen = await chosenLetters(deadLettersDepsOf(run.deployment), names, options)
      if (chosen.letters.length > 0 && !options.yes) await confirm(run, chosen, options.utc)
      const dropped = await drop(run, chosen, reason)
      refuseMissing(run, chosen, chosen.letters.length - dropped)
    }),
  )

function checkedReason(text = ''): string {
  try {
    return dropReason(text)
  } catch (error) {
    throw new NotUnderstood(`${(error as Error).message} Give it with --reason 'text'.`, { cause: error })
  }
}

async function confirm(
  { deployment, out }: Run,
  { letters }: ChosenLetters,
  utc: boolean | undefined,
): Promise<void> {
  if (!isInteractive()) throw new UsageError(`Say --yes to drop ${letterCount(letters.length)}.`)
  for (const line of letterTable(letters, utc)) out.note(line)
  if (!(await askWhether(`Drop ${letterCount(letters.length)} of ${deployment.name} for good?`)))
    throw new UsageError('Nothing was dropped.')
}

async function drop(
  run: Run,
  { letters, notFound, elsewhere }: ChosenLetters,
  reason: string,
): Promise<number> {
  const { deployment, out } = run
  const ids = new Set(letters.map(({ id }) => id))
  const done: object[] = []
  const onDropped = (letter: DeadLetter, recorded: DropOutcome) => {
    done.push({ ...letterJson(letter), recorded })
    out.say(`${letterName(letter)}: ${said[recorded](lineForTerminal(reason))}`)
  }
  const which = ({ id }: DeadLetter) => ids.has(id)
  const { dropped } = await unlessInterrupted(
    async (signal) =>
      ids.size === 0
        ? { dropped: 0 }
        : dropDeadLetters(deadLettersDepsOf(deployment), { which, reason, onDropped }, signal),
    () =>
      `Stopped: ${letterCount(done.length)} dropped, and the others are there as before. Run it again to go on.`,
  )
  out.result({ dropped, reason, letters: done, notFound, elsewhere }, [
    dropped === 0 ? 'Nothing was dropped.' : `Dropped ${letterCount(dropped)}.`,
    ...elsewhereLines(elsewhere),
  ])
  return dropped
}

const said: Record<DropOutcome, (reason: string) => string> = {
  recorded: (reason) => `dropped. Its event says so: ${reason}`,
  'recorded-before': () => 'dropped. Its event said so before, with the reason that was given then.',
  stale: () => 'its letter is deleted. The event went on without it, and stays as it is.',
  'no-event': (reason) =>
    `dropped. There is no event to keep the reason with, so it stands here only: ${reason}`,
}
