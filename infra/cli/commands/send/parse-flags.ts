import { parseArgs } from 'node:util'
import { shellWord } from '../../../../shared/runtime/command-line.ts'
import { didYouMean } from '../../../smokeball/unlisted-types.ts'
import { terminal } from '../../../terminal/terminal.ts'
import { NotUnderstood, UsageError } from '../../../terminal/usage-error.ts'
import { type Flags, refuseSwallowedFlags } from '../deploy/swallowed-flags.ts'

export interface Parsed {
  values: Record<string, string | boolean | undefined>
  positionals: string[]
}

/** Reads a command line, or throws `NotUnderstood`: an unknown flag, a missing value, flags that npm swallowed. */
export function parseFlags(command: string, flags: Flags, args: readonly string[]): Parsed {
  refuseSwallowedFlags(command, flags, args, terminal().env)
  const options = Object.fromEntries(Object.entries(flags).map(([name, { type }]) => [name, { type }]))
  try {
    const { values, positionals } = parseArgs({
      args: withNumbers(flags, args),
      options,
      allowPositionals: true,
    })
    const empty = Object.keys(values).find((name) => values[name] === '')
    if (empty) throw new NotUnderstood(`--${empty} needs a value. See ${command} -- --help`)
    return { values: values as Parsed['values'], positionals }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new NotUnderstood(problem(error as NodeJS.ErrnoException, command, Object.keys(flags), args))
  }
}

/** `--count -1` has a value, which the option itself refuses: to `parseArgs` it may be a flag as well. */
function withNumbers(flags: Flags, args: readonly string[]): string[] {
  const isTaking = (arg: string | undefined) =>
    arg?.startsWith('--') && flags[arg.slice(2)]?.type === 'string'
  const isNumber = (arg: string | undefined) => /^-\d/.test(arg ?? '')
  return args.flatMap((arg, at) => {
    if (isNumber(arg) && isTaking(args[at - 1])) return []
    return isTaking(arg) && isNumber(args[at + 1]) ? [`${arg}=${args[at + 1]}`] : [arg]
  })
}

function problem(
  error: NodeJS.ErrnoException,
  command: string,
  names: string[],
  args: readonly string[],
): string {
  const help = `See ${command} -- --help`
  if (error.code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE')
    return `${valueProblem(error.message, args)} ${help}`
  if (error.code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `${firstSentence(error.message)}. ${help}`
  const given = /'(-{1,2}[^']*)'/.exec(error.message)?.[1] ?? args.find((arg) => arg.startsWith('-')) ?? ''
  return `Unknown flag ${given}.${didYouMean(
    given,
    names.map((name) => `--${name}`),
  )} ${help}`
}

/** A value is missing, or there is one where none belongs. */
function valueProblem(message: string, args: readonly string[]): string {
  const flag = /'(--[\w-]+)/.exec(message)?.[1] ?? ''
  const next = args[args.indexOf(flag) + 1]
  if (!/is ambiguous/.test(message) || next === undefined) return `${firstSentence(message)}.`
  return `${flag} needs a value, and ${next} is a flag. If it is meant as the value: ${shellWord(`${flag}=${next}`)}`
}

function firstSentence(message: string): string {
  return message.split(/[.\n]/)[0] ?? message
}
