import { commandLine, placeholder, type Word } from '../../../../shared/runtime/command-line.ts'
import { NotUnderstood } from '../../../terminal/usage-error.ts'

/** The flags of a command, as `util.parseArgs` takes them. */
export type Flags = Record<string, { type: 'boolean' | 'string'; looksLike?: RegExp }>

/**
 * Throws `NotUnderstood` with the corrected command when npm took flags that were meant for the script: without `--`,
 * `npm run send x --duplicate` arrives as `npm_config_duplicate=true` and `npm start --port 4000` as
 * `npm_config_port=true` and an argument `4000`. npm tells nothing of flags that it knows by itself (`--key`, `--help`).
 */
export function refuseSwallowedFlags(
  command: string,
  flags: Flags,
  args: readonly string[],
  env: Record<string, string | undefined>,
): void {
  // pnpm hands its own `--` on.
  const given = args[0] === '--' ? args.slice(1) : args
  const end = given.includes('--') ? given.indexOf('--') : given.length
  const [left, positionals] = [given.slice(0, end), given.slice(end + 1)]
  const swallowed = Object.entries(flags).flatMap(([name, flag]) => {
    const value = env[`npm_config_${name.replaceAll('-', '_')}`]
    return value ? [{ name, value, ...flag }] : []
  })
  if (swallowed.length === 0) return
  const restored = swallowed.map(({ name, value, type, looksLike = /^[^-]/ }): [string, Word | true] => {
    if (type === 'boolean') return [name, true]
    if (value !== 'true') return [name, value]
    const at = left.findIndex((arg) => looksLike.test(arg))
    const [taken = placeholder(name)] = at < 0 ? [] : left.splice(at, 1)
    return [name, taken]
  })
  const names = swallowed.map(({ name }) => `--${name}`).join(' and ')
  const words = { command: left, options: Object.fromEntries(restored), positionals }
  const corrected = commandLine(`${command} --`, words)
  throw new NotUnderstood(
    `npm took ${names} for itself. Put \`--\` before what is meant for the script: ${corrected}`,
  )
}
