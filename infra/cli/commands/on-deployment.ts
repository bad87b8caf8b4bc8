import type { Command } from 'commander'
import type { CommandWords } from '../../../shared/runtime/command-line.ts'
import type { KeepDeps } from '../../../shared/subscriptions/keep-subscription.ts'
import { type Deployment, deployedStack, keepDepsOf, localDeployment } from '../../operate/deployment.ts'
import { explained } from '../../operate/explained.ts'
import { production, stackName } from '../../settings/stages.ts'
import { unlistedText } from '../../smokeball/unlisted-types.ts'
import { terminal } from '../../terminal/terminal.ts'
import { lineForTerminal } from '../../terminal/terminal-text.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { type Output, output } from '../terminal/output.ts'
import type { GlobalOptions } from './command.ts'
import { useAws } from './deploy/use-aws.ts'
import { nextFor } from './next-command.ts'
import { refuseUnclear } from './refuse-unclear.ts'

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
    const options = command.opts<Options & GlobalOptions>()
    await refuseUnclear(pathOf(command), options, terminal().env)
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
    ...{ deployment, out: output(options.json === true) },
    get deps() {
      deps ??= keepDepsOf(deployment)
      return deps
    },
    next: (words) => nextFor(options, words),
  }
}
