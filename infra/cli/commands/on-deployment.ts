import type { Command } from 'commander'
import type { CommandWords } from '../../../shared/runtime/command-line.ts'
import type { KeepDeps } from '../../../shared/subscriptions/keep-subscription.ts'
import { type Deployment, deployedStack, keepDepsOf, localDeployment } from '../../operate/deployment.ts'
import { explained } from '../../operate/explained.ts'
import { readRunning } from '../../operate/running-file.ts'
import { production, stackName } from '../../settings/stages.ts'
import { unlistedText } from '../../smokeball/unlisted-types.ts'
import { printError, terminal } from '../../terminal/terminal.ts'
import { lineForTerminal } from '../../terminal/terminal-text.ts'
import { NotUnderstood, UsageError } from '../../terminal/usage-error.ts'
import { isOldScript, typedCommand } from '../npm-scripts.ts'
import { askOneOf, isInteractive } from '../terminal/ask.ts'
import { type Output, output } from '../terminal/output.ts'
import { changesDeployment, type GlobalOptions, nextFor } from './command.ts'
import { useAws } from './use-aws.ts'

/** What a command works with. */
export interface Run {
  deployment: Deployment
  out: Output
  /** The API, the accounts and the subscriptions, with the secrets as they are when this is first asked for. */
  readonly deps: KeepDeps
  /** Another command for the same deployment, ready to be pasted. */
  next(command: string | CommandWords): string
}

/** The action of a command: opens the deployment that its options name, and closes it at the end. */
export function onDeployment<Options extends object, Args extends unknown[] = (string | undefined)[]>(
  work: (run: Run, options: Options & GlobalOptions, ...args: Args) => Promise<void>,
): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command
    if (isOldScript(terminal())) tellOfProgram()
    const options = { ...command.opts<Options & GlobalOptions>(), ...(await whichDeployment(command)) }
    const deployment = await openDeployment(options)
    const run = runOf(deployment, options)
    try {
      tellUnlisted(run, options)
      await work(run, options, ...(command.processedArgs as Args))
    } catch (error) {
      const said = error instanceof UsageError ? undefined : explained(error, run.next)
      throw said === undefined ? error : new UsageError(said, { cause: error })
    } finally {
      deployment.destroy()
    }
  }
}

/**
 * The options that name the deployment. Where there are none, whoever is at the terminal says which; without a terminal, a
 * command that changes something throws `NotUnderstood`. One that reads goes to the stage `prod`, but where the local run may
 * be meant: where `npm start` runs here, or npm may have kept `--local`. Then it asks or throws, too.
 */
export async function whichDeployment(command: Command): Promise<Partial<GlobalOptions>> {
  const { stage, stack, profile, local } = command.opts<GlobalOptions>()
  const changes = changesDeployment(command)
  if ((stage ?? stack ?? local) !== undefined) return {}
  const isOld = isOldScript(terminal())
  const isStack = !changes && (profile !== undefined || !(isOld || (await readRunning())))
  if (isStack) return { stage: production }
  const choices = [
    { name: 'local', label: 'local: the running npm start', options: { local: true } },
    {
      name: production,
      label: `${production}: the stack ${stackName(production)}`,
      options: { stage: production },
    },
  ].filter(({ name }) => profile === undefined || name === production)
  if (isInteractive()) {
    const shown = choices.map(({ name, label }) => ({ value: name, label }))
    const chosen = await askOneOf('Which deployment? (another stage: --stage NAME)', shown)
    return choices.find(({ name }) => name === chosen)?.options ?? {}
  }
  const said = choices.map(({ options }) => typedCommand(terminal(), options))
  const mayBeLocal = isOld ? 'npm may have kept --local to itself' : 'npm start is running here'
  const why = changes ? `${pathOf(command)} changes the deployment` : mayBeLocal
  throw new NotUnderstood(`${why}, so say which is meant: ${said.join(', or ')}`)
}

function tellOfProgram(): void {
  printError(
    `npm run webhooks will be removed in the next release. Type instead: ${typedCommand(terminal())}`,
  )
}

/** An event may be of a type that no list has: it is looked for all the same. */
function tellUnlisted({ out }: Run, options: object): void {
  const { type } = options as { type?: unknown }
  const text = typeof type === 'string' ? unlistedText(type) : undefined
  if (text !== undefined) out.warn(lineForTerminal(text))
}

/** The words that name it, without the program's. */
function pathOf(command: Command): string {
  const { parent } = command
  return parent?.parent ? `${pathOf(parent)} ${command.name()}` : command.name()
}

/** The deployment that the options name. Throws `UsageError`. */
export async function openDeployment({ stage, stack, profile, local }: GlobalOptions): Promise<Deployment> {
  if (local) return localDeployment()
  const name = stack ?? stackName(stage ?? production)
  await useAws({ profile, needsRegion: true })
  return deployedStack(name)
}

function runOf(deployment: Deployment, options: GlobalOptions): Run {
  let deps: KeepDeps | undefined
  return {
    deployment,
    out: output(options.json === true),
    get deps() {
      deps ??= keepDepsOf(deployment)
      return deps
    },
    next: (words) => nextFor(options, words),
  }
}
