import type { Command } from 'commander'
import { NotUnderstood, UsageError } from '../../terminal/usage-error.ts'
import { program } from './command.ts'
import { commandOf } from './command-of.ts'
import { type Flags, refuseSwallowedFlags } from './deploy/swallowed-flags.ts'

/** Set by npm for itself: they may stand in an .npmrc. */
const ofNpm = ['force', 'help', 'yes']
const looksLike: Readonly<Record<string, RegExp>> = {
  stage: /^[a-z][a-z0-9-]*$/,
  region: /^(us|au|uk)$/,
  environment: /^(production|staging)$/,
  'acts-for': /^(one|many)$/,
  url: /^https?:/,
  'api-url': /^(https?:|standard$)/,
  'auth-url': /^(https?:|standard$)/,
  types: /^[\w.*,]*[.*][\w.*,]*$|^noop$/,
  timeout: /^\d+$/,
  port: /^\d+$/,
  limit: /^\d+$/,
  since: /^\d+[smhd]$|^\d{4}-/,
  until: /^\d+[smhd]$|^\d{4}-/,
  type: /^[\w*]+(\.[\w.*]+)?$/,
  outcome: /^[a-z-]+(,[a-z-]+)*$/,
  kind: /^[a-z-]+(,[a-z-]+)*$/,
  rate: /^\d+$/,
  cursor: /^\w+-[0-9a-f]+$/,
  handlers: /\.[cm]?[jt]s$|\//,
  save: /\.json$|\//,
  id: /^r-\w+-\w+$/,
  // No reference, and no id of an event.
  reason: /^(?!\w{1,9}-[0-9a-f]{8}$|[0-9a-f]{8,32}$)/,
}

/** As `refuseSwallowedFlags`, with the options of the command that the first words name. Throws `NotUnderstood`. */
export function refuseSwallowed(
  root: Command,
  args: readonly string[],
  env: Record<string, string | undefined>,
  called = program,
): void {
  const { command, path } = commandOf(root, args)
  const flags: Flags = Object.fromEntries(
    command.options
      .filter(({ long }) => long && !ofNpm.includes(long.slice(2)))
      .map(({ long, required }) => {
        const name = long?.slice(2) ?? ''
        return [
          name,
          { type: required ? 'string' : 'boolean', looksLike: looksLike[name] ?? /^[^-]/ },
        ] as const
      }),
  )
  const found = withNegated(command, env)
  const swallowed = Object.entries(flags).filter(([name]) => found[`npm_config_${name.replaceAll('-', '_')}`])
  const values = swallowed.filter(([, { type }]) => type === 'string').length
  // Words beyond those may be secrets, which the corrected command would repeat.
  const isVariadic = command.registeredArguments.some(({ variadic }) => variadic)
  const separators = args.includes('--') ? 1 : 0
  const known = path.length + command.registeredArguments.length + values + separators
  const most = isVariadic ? args.length : known
  try {
    refuseSwallowedFlags(called, named(flags, path), args.slice(0, most), found)
  } catch (error) {
    if (error instanceof UsageError) throw new NotUnderstood(withLocal(error.message, swallowed))
    throw error
  }
}

/** To npm, `--no-run` is a `run` that is not: it sets that to nothing. */
function withNegated(command: Command, env: Record<string, string | undefined>): typeof env {
  const negated = command.options
    .filter(({ negate }) => negate)
    .map(({ long }) => long?.slice('--no-'.length).replaceAll('-', '_') ?? '')
    .filter((name) => env[`npm_config_${name}`] === '')
  return { ...env, ...Object.fromEntries(negated.map((name) => [`npm_config_no_${name}`, 'true'])) }
}

/** npm leaves no trace of `--local`, which is its `--no-global`. */
function withLocal(message: string, swallowed: readonly (readonly [string, unknown])[]): string {
  const isNamed = swallowed.some(([name]) => ['stage', 'stack', 'profile', 'local'].includes(name))
  return isNamed ? message : `If --local was among the flags, add it again. ${message}`
}

/** The command's own words are no values. */
function named(flags: Flags, path: readonly string[]): Flags {
  const own = path.map((word) => `(?!${word}$)`).join('')
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      { ...flag, looksLike: new RegExp(`^${own}(?:${flag.looksLike?.source ?? '.*'})`) },
    ]),
  )
}
