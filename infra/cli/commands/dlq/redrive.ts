import { type DeadLetter, letterJson } from '../../../operate/dead-letters/dead-letter.ts'
import { isAheadOfTime, redriveDeadLetters } from '../../../operate/dead-letters/take-dead-letters.ts'
import { deadLettersDepsOf } from '../../../operate/dead-letters/walk-dead-letters.ts'
import { terminal } from '../../../terminal/terminal.ts'
import { NotUnderstood, UsageError } from '../../../terminal/usage-error.ts'
import { askWhether, isInteractive } from '../../terminal/ask.ts'
import { letterCount, letterName, letterTable } from '../../terminal/letter-words.ts'
import { progress } from '../../terminal/output.ts'
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

interface RedriveOptions extends LetterFilter {
  all?: boolean
  dryRun?: boolean
  yes?: boolean
}

/** More are asked about. */
const mostUnasked = 20

/** Sends dead letters back to be handled. */
export const dlqRedrive = withLetterFilter(
  changingCommand(
    'redrive [references...]',
    'Sends dead letters back to be handled: those named, those that a filter says, or all. A handler that gave up gets all ' +
      'its attempts anew, one that has handled the event is not run again. It can be run again at any time.',
    [
      'dlq redrive mhikn8rn-d79d4bee --stage prod',
      "dlq redrive --kind attempts-spent --type 'contact.*' --stage prod --dry-run",
      'dlq redrive --handler crm --since 2h --stage prod',
      'dlq redrive --all --local --yes',
    ],
  ),
)
  .option('--all', 'all that lie there')
  .option('--dry-run', 'tells which would be sent back, and does nothing')
  .option('--yes', `does not ask about more than ${mostUnasked}`)
  .action(
    onDeployment<RedriveOptions, [string[]]>(async (run, options, names) => {
      refuseUnsaid(names, options)
      const chosen = withoutAhead(
        names,
        await chosenLetters(deadLettersDepsOf(run.deployment), names, options),
      )
      if (options.dryRun) return tellDryRun(run, chosen, options.utc)
      if (chosen.letters.length > mostUnasked && !options.yes) await confirm(run, chosen.letters.length)
      const redriven = await redrive(run, chosen)
      refuseMissing(run, chosen, chosen.letters.length - redriven)
    }),
  )

function refuseUnsaid(names: readonly string[], options: RedriveOptions): void {
  const says = saysWhich(names, options)
  if (!says && !options.all) throw new NotUnderstood(`Say which: ${whichLetters}, or --all.`)
  if (says && options.all) throw new NotUnderstood('Either --all, or references and filters that say which.')
}

/** What is meant, without the letters that are to be named, since their time is still to come. */
interface Chosen extends ChosenLetters {
  ahead: DeadLetter[]
}

function withoutAhead(names: readonly string[], chosen: ChosenLetters): Chosen {
  const isLeft = (letter: DeadLetter) => names.length === 0 && isAheadOfTime(letter, terminal().clock.now())
  const { ahead = [], others = [] } = Object.groupBy(chosen.letters, (letter) =>
    isLeft(letter) ? 'ahead' : 'others',
  )
  return { ...chosen, letters: others, ahead }
}

function aheadJson(ahead: readonly DeadLetter[]): object {
  return ahead.length > 0 ? { ahead: ahead.map(letterJson) } : {}
}

function aheadLines({ next }: Run, ahead: readonly DeadLetter[]): string[] {
  if (ahead.length === 0) return []
  const [stays, it, its] = ahead.length === 1 ? ['stays', 'it', 'its'] : ['stay', 'them', 'their']
  return [
    `${letterCount(ahead.length)} ${stays}: ${its} timestamp is still to come, and until then ${it === 'it' ? 'it' : 'they'} ` +
      `would supersede what really happens. Look at ${it}, and name ${it} to send ${it} back all the same:`,
    ...ahead.map((letter) => `  ${next({ command: 'dlq redrive', positionals: [letterName(letter)] })}`),
  ]
}

function tellDryRun(run: Run, chosen: Chosen, utc: boolean | undefined): void {
  const { letters, notFound, elsewhere, ahead } = chosen
  run.out.result({ wouldRedrive: letters.map(letterJson), notFound, elsewhere, ...aheadJson(ahead) }, [
    ...(letters.length > 0 ? [...letterTable(letters, utc), ''] : []),
    `${letterCount(letters.length)} would be sent back.`,
    ...aheadLines(run, ahead),
    ...elsewhereLines(elsewhere),
  ])
  refuseMissing(run, chosen)
}

async function confirm({ deployment }: Run, count: number): Promise<void> {
  if (!isInteractive()) throw new UsageError(`Say --yes to send ${letterCount(count)} back.`)
  if (!(await askWhether(`Send ${letterCount(count)} back to be handled by ${deployment.name}?`)))
    throw new UsageError('Nothing was sent back.')
}

async function redrive(run: Run, { letters, notFound, elsewhere, ahead }: Chosen): Promise<number> {
  const { deployment, out, next } = run
  const ids = new Set(letters.map(({ id }) => id))
  const tell = progress(ids.size, 'sent back')
  let sent = 0
  const onRedriven = () => {
    sent += 1
    if (ids.size > mostUnasked) tell(sent)
  }
  const which = ({ id }: { id: string }) => ids.has(id)
  const { redriven } = await unlessInterrupted(
    async (signal) =>
      ids.size === 0
        ? { redriven: 0 }
        : redriveDeadLetters(deadLettersDepsOf(deployment), { which, onRedriven }, signal),
    () =>
      `Stopped: ${letterCount(sent)} sent back, and the others are there as before. Run it again to go on.`,
  )
  out.result({ redriven, notFound, elsewhere, ...aheadJson(ahead) }, [
    redriven === 0 ? 'Nothing was sent back.' : `Sent back ${letterCount(redriven)}.`,
    ...(redriven === 0
      ? []
      : [`See what becomes of ${redriven === 1 ? 'it' : 'them'}: ${next('events list')}`]),
    ...aheadLines(run, ahead),
    ...elsewhereLines(elsewhere),
  ])
  return redriven
}
