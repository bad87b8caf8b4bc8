import { commandLine } from '../../../shared/runtime/command-line.ts'
import { readRunning } from '../../operate/running-file.ts'
import { production } from '../../settings/stages.ts'
import { NotUnderstood } from '../../terminal/usage-error.ts'
import { type GlobalOptions, program } from './command.ts'

/**
 * Throws `NotUnderstood` where `--local` may have been said in vain: without `--` before it npm takes it for `--no-global`,
 * of which no trace is left, and what was meant for `npm start` would be done to the stage that real deliveries go to.
 * `path`: the words that name the command.
 */
export async function refuseUnclear(
  path: string,
  options: GlobalOptions,
  env: NodeJS.ProcessEnv,
  called = program,
): Promise<void> {
  const { stage, stack, profile, local } = options
  const isNamed = (local ?? stage ?? stack ?? profile) !== undefined
  if (isNamed || env.npm_lifecycle_event !== called.split(' ').at(-1) || !(await readRunning())) return
  const either = [{ local: true }, { stage: production }].map((options) =>
    commandLine(`${called} --`, { command: path, options }),
  )
  throw new NotUnderstood(
    `npm start is running, and npm keeps --local to itself where no \`--\` stands before it. Say which is meant: ${either.join(', or ')}`,
  )
}
