import { parseArgs } from 'node:util'
import { didYouMean } from '../unlisted-types.ts'
import { UsageError } from '../usage-error.ts'
import { type Flags, refuseSwallowedFlags } from './swallowed-flags.ts'
import { terminal } from './terminal.ts'

export interface Parsed {
  values: Record<string, string | boolean | undefined>
  positionals: string[]
}

/** Reads a command line, or throws `UsageError`: an unknown flag, a missing value, flags that npm swallowed. */
export function parseFlags(command: string, flags: Flags, args: readonly string[]): Parsed {
  refuseSwallowedFlags(command, flags, args, terminal().env)
  const options = Object.fromEntries(Object.entries(flags).map(([name, { type }]) => [name, { type }]))
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const empty = Object.keys(values).find((name) => values[name] === '')
    if (empty) throw new UsageError(`--${empty} needs a value. See ${command} -- --help`)
    return { values: values as Parsed['values'], positionals }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(problem(error as NodeJS.ErrnoException, command, Object.keys(flags), args))
  }
}

function problem(
  error: NodeJS.ErrnoException,
  command: string,
  names: string[],
  args: readonly string[],
): string {
  const help = `See ${command} -- --help`
  if (error.code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `${firstSentence(error.message)}. ${help}`
  const given = /'(-{1,2}[^']*)'/.exec(error.message)?.[1] ?? args.find((arg) => arg.startsWith('-')) ?? ''
  return `Unknown flag ${given}.${didYouMean(
    given,
    names.map((name) => `--${name}`),
  )} ${help}`
}

function firstSentence(message: string): string {
  return message.split(/[.\n]/)[0] ?? message
}
