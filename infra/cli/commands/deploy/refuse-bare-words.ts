import { commandLine, shellWord } from '../../../../shared/runtime/command-line.ts'
import { production, stackName } from '../../../settings/stages.ts'
import { NotUnderstood } from '../../../terminal/usage-error.ts'
import { cdkFlags } from './cdk-flags.ts'

/** Beside those of `cdkFlags`, which has no short ones, and none that npm knows by itself. */
const moreValueFlags = [
  ...['-a', '-c', '-E', '-m', '-o', '-O', '-p', '-r', '-t'],
  ...['--build', '--profile', '--progress', '--proxy'],
]

/**
 * Throws `NotUnderstood` with the corrected command for a word that is no flag and no flag's value: the CDK would take it
 * for the name of a stack, and its command would go to the stage `prod`. `named`: the stage, if `--stage` named one.
 */
export function refuseBareWords(command: string, args: readonly string[], named: string | undefined): void {
  const at = args.findIndex((arg, index) => !arg.startsWith('-') && !isValue(arg, args[index - 1]))
  if (at < 0) return
  const [word = '', before] = [args[at], args[at - 1]]
  const rest = args.filter((_, index) => index !== at)
  const words = ['--stage', named ?? stageMeantBy(word), ...rest]
  // A flag that is newer than the list.
  const isUnknown = before !== undefined && /^--[^=]+$/.test(before) && !(before.slice(2) in cdkFlags)
  throw new NotUnderstood(
    `The CDK would take '${word}' for a stack. ${named === undefined ? 'To name a stage' : 'Leave it out'}: ` +
      `${commandLine(`${command} --`, { command: words })}${isUnknown ? `\nIf it is the value of ${before}: ${shellWord(`${before}=${word}`)}` : ''}`,
  )
}

function isValue(arg: string, before: string | undefined): boolean {
  if (!before?.startsWith('-')) return false
  if (arg === 'true' || arg === 'false') return true
  return moreValueFlags.includes(before) || cdkFlags[before.replace(/^--/, '')]?.type === 'string'
}

function stageMeantBy(word: string): string {
  if (word === stackName(production)) return production
  const stage = word.replace(/^(stage=|SmokeballWebhooks-)/, '')
  try {
    stackName(stage)
    return stage
  } catch {
    return 'dev'
  }
}
