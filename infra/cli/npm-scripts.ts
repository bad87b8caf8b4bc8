import type { Command } from 'commander'
import { type CommandWords, program, webhooksCommand } from '../../shared/runtime/command-line.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { NotUnderstood } from '../terminal/usage-error.ts'
import { cdkFlags, cdkVerbs } from './commands/deploy/cdk-flags.ts'

/** What an .npmrc may set for npm itself. */
const ofNpm = ['force', 'help', 'yes']

type Called = Pick<Terminal, 'args' | 'env'>

/** What was typed, without what a script of `package.json` adds to it. */
export function typedWords({ args, env }: Called): readonly string[] {
  const [name = '', separator] = args
  // pnpm hands its own `--` on.
  const isHandedOn = separator === '--' && env.npm_lifecycle_event === name
  const own = isHandedOn ? [name, ...args.slice(2)] : args
  return isOldScript({ args }) ? own.slice(1) : own
}

/** Whether `npm run webhooks` runs, which stays for this release. npm may have kept `--local` to itself, and leaves no trace of it. */
export function isOldScript({ args }: Pick<Terminal, 'args'>): boolean {
  return args[0] === 'webhooks'
}

/** The command line that was typed, with more options, ready to be pasted. It has to be checked before that no word of it is a secret. */
export function typedCommand(called: Called, options: CommandWords['options'] = {}): string {
  const words = typedWords(called)
  const end = words.includes('--') ? words.indexOf('--') : words.length
  return webhooksCommand({ command: words.slice(0, end), options, positionals: words.slice(end + 1) })
}

/**
 * Throws `NotUnderstood` where npm kept options of the command to itself, since no `--` stood before them: what they say would
 * be lost. `npm start --port 4000` arrives as `npm_config_port`; npm leaves no trace of what it knows itself, such as `--local`.
 */
export function refuseKeptByNpm(command: Command, path: readonly string[], { args, env }: Called): void {
  const { npm_lifecycle_event: script = 'npx' } = env
  // What follows the program's name in the line of npx is not npm's.
  if (script === 'npx') return
  const own = command.options.map(({ long }) => long?.slice(2) ?? '').filter((name) => !ofNpm.includes(name))
  const isOfCdk = cdkVerbs.some((verb) => verb === path[0])
  const names = isOfCdk ? [...own, ...cdkFlags.values, ...cdkFlags.switches] : own
  const kept = names.filter((name) => !args.some((arg) => arg.startsWith(`--${name}`)) && isKept(name, env))
  if (env.npm_config_call?.startsWith('stage=')) kept.push('context')
  if (kept.length === 0) return
  throw new NotUnderstood(
    `npm took ${kept.map((name) => `--${name}`).join(' and ')} for itself. Type your options after ` +
      `${[program, ...path].join(' ')}, or after \`--\`.`,
  )
}

/** To npm, `--no-run` is a `run` that is not: it sets that to nothing. */
function isKept(name: string, env: Terminal['env']): boolean {
  const variable = `npm_config_${name.replace(/^no-/, '').replaceAll('-', '_')}`
  return name.startsWith('no-') ? env[variable] === '' : Boolean(env[variable])
}
