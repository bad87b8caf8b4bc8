import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { commandLine, program } from '../../shared/runtime/command-line.ts'
import { brokenPipeCode, endWhenUnread, printError, terminal } from '../terminal/terminal.ts'
import { NotUnderstood, UsageError } from '../terminal/usage-error.ts'
import { command, commandOf } from './commands/command.ts'
import { refuseKeptByNpm, typedWords } from './npm-scripts.ts'

interface Listed {
  name: string
  summary: string
  /** Loads the command with all that it needs: the others are not loaded to run it. */
  load(): Promise<Command>
}

const listed = (name: string, summary: string, load: () => Promise<Command>): Listed => ({
  name,
  summary,
  load,
})

/** Every command, in the order of the help. */
const commands: Readonly<Record<string, readonly Listed[]>> = {
  'Run here:': [
    listed(
      'start',
      'Runs the whole topology on this machine',
      async () => (await import('./commands/start.ts')).start,
    ),
    listed(
      'send',
      'Signs samples and delivers them as Smokeball would',
      async () => (await import('./commands/send.ts')).send,
    ),
    listed(
      'console',
      'Serves the console of a deployed stack',
      async () => (await import('./commands/console.ts')).consoleCommand,
    ),
    listed(
      'costs',
      'Tells what a stack costs a month',
      async () => (await import('./commands/costs.ts')).costs,
    ),
  ],
  'Deploy:': [
    listed(
      'deploy',
      'Deploys into your AWS account',
      async () => (await import('./commands/deploy.ts')).deploy,
    ),
    listed(
      'diff',
      'Shows what a deployment would change',
      async () => (await import('./commands/deploy.ts')).diff,
    ),
    listed(
      'synth',
      'Writes the CloudFormation template',
      async () => (await import('./commands/deploy.ts')).synth,
    ),
    listed('destroy', 'Removes a stack', async () => (await import('./commands/deploy.ts')).destroy),
  ],
  'Firms:': [
    listed(
      'connect',
      'Connects a deployment to Smokeball',
      async () => (await import('./commands/connect.ts')).connect,
    ),
    listed(
      'accounts',
      'Lists, connects and removes firms',
      async () => (await import('./commands/accounts.ts')).accounts,
    ),
    listed(
      'catch-up',
      'Finds changes that no delivery told of',
      async () => (await import('./commands/catch-up.ts')).catchUpCommand,
    ),
    listed(
      'subscriptions',
      'Shows and changes what Smokeball sends where',
      async () => (await import('./commands/subscriptions.ts')).subscriptions,
    ),
    listed(
      'types',
      'Lists the event types that Smokeball offers',
      async () => (await import('./commands/types.ts')).types,
    ),
    listed(
      'secret',
      "Puts the client's credentials in",
      async () => (await import('./commands/secret.ts')).secret,
    ),
    listed(
      'rotate-key',
      'Gives every subscription a new signing key',
      async () => (await import('./commands/rotate-key.ts')).rotateKeyCommand,
    ),
  ],
  'Events:': [
    listed(
      'status',
      'Shows how the deployment is doing',
      async () => (await import('./commands/status.ts')).status,
    ),
    listed(
      'events',
      'Shows what came, and what became of it',
      async () => (await import('./commands/events.ts')).events,
    ),
    listed(
      'replay',
      'Handles stored events again',
      async () => (await import('./commands/replay.ts')).replayCommand,
    ),
    listed(
      'pause',
      'Pauses the handling of events',
      async () => (await import('./commands/handling.ts')).pauseCommand,
    ),
    listed(
      'resume',
      'Resumes the handling of events',
      async () => (await import('./commands/handling.ts')).resumeCommand,
    ),
  ],
  'Trouble:': [
    listed(
      'doctor',
      'Checks the whole way of an event',
      async () => (await import('./commands/doctor.ts')).doctor,
    ),
    listed(
      'dlq',
      'Shows dead letters, sends them back or drops them',
      async () => (await import('./commands/dlq.ts')).dlq,
    ),
  ],
}

function versionHere(): string {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')).version
}

/** The program with the commands that are `wanted`, and no more than a line of the help for each other one. */
export async function programWith(wanted: (name: string) => boolean): Promise<Command> {
  const root = command(
    'smokeball-webhooks',
    'Runs, deploys and looks after a receiver of Smokeball webhooks.',
    [
      'start --fake-smokeball',
      'send matter.updated',
      'deploy --stage dev',
      'connect --stage prod',
      'events list --stage prod --outcome failed --since 2h',
    ],
  )
    .name(program)
    .usage('COMMAND [options]')
    .version(versionHere(), '--version', 'the version of this project')
  for (const [heading, rows] of Object.entries(commands))
    for (const { name, summary, load } of rows) {
      const made = wanted(name) ? await load() : new Command(name).summary(summary)
      root.addCommand(made.helpGroup(heading))
    }
  return root
}

/**
 * Runs the command that the arguments name. Exit codes: 0 done; 1 failed, or something is wrong; 2 the command line was not
 * understood; 141 nobody reads what it writes, of which nothing is told. What the user can mend is told as its message alone, on
 * stderr.
 */
export async function runProgram(): Promise<void> {
  endWhenUnread()
  try {
    const args = helpAsOption(typedWords(terminal()))
    const listedNames = Object.values(commands).flatMap((rows) => rows.map(({ name }) => name))
    const first = args.find((arg) => listedNames.includes(arg))
    const root = await programWith((name) => name === first)
    const named = commandOf(root, args)
    refuseKeptByNpm(named.command, named.path, { args, env: terminal().env })
    refuseFlagsAsValues(named.command, args)
    await parse(root, args)
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return
    if (terminal().exitCode === brokenPipeCode) return
    const { explained } = await import('../operate/explained.ts')
    printError(explained(error) ?? error)
    terminal().exitCode = error instanceof UsageError ? error.exitCode : 1
  }
}

/** `help events list` is `events list --help`. */
function helpAsOption(words: readonly string[]): readonly string[] {
  return words[0] === 'help' ? [...words.slice(1), '--help'] : words
}

/** Commander takes whatever follows an option for its value: `--id --own` would name a resource `--own`. */
function refuseFlagsAsValues({ options }: Command, args: readonly string[]): void {
  const end = args.includes('--') ? args.indexOf('--') : args.length
  for (const [at, arg] of args.slice(0, end).entries()) {
    const flag = options.find(({ long, required }) => required && (long === arg || `${long}=` === arg))?.long
    const value = arg.endsWith('=') ? '' : args[at + 1]
    if (!flag || value === undefined) continue
    if (value === '') throw new NotUnderstood(`${flag} needs a value.`)
    if (options.some(({ long }) => long === value))
      throw new NotUnderstood(
        `${flag} needs a value, and ${value} is a flag. If it is meant as the value: ${flag}=${value}`,
      )
  }
}

async function parse(root: Command, args: readonly string[]): Promise<void> {
  try {
    await root.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode === 0) throw error
    // Commands were listed, since none was named.
    if (error.code === 'commander.help') throw new NotUnderstood('Say which of these commands.')
    const flag = /^error: unknown option '--?([^'=]*)/.exec(error.message)?.[1] ?? ''
    const { command, path } = commandOf(root, args)
    const { isCredentialName, neverAnArgument } = await import('./terminal/credentials.ts')
    if (isCredentialName(flag)) throw neverAnArgument(flag, command.opts())
    if (command.options.some(({ long }) => long === `--${flag}`))
      throw new NotUnderstood(`--${flag} takes no value.`)
    if (command.commands.length > 0 && error.code === 'commander.unknownOption')
      throw optionsTooEarly(command, path, args)
    throw new NotUnderstood(`${problem(error)} See ${[program, ...path].join(' ')} --help`)
  }
}

/** A group takes none: they belong to its commands. */
function optionsTooEarly(group: Command, path: readonly string[], args: readonly string[]): NotUnderstood {
  const names = group.commands.map((each) => each.name())
  const words = args.slice(path.length)
  const named = words.map((_, at) => commandOf(group, words.slice(at)).path).find(({ length }) => length > 0)
  // Any other may be a secret, or have one.
  const same = ['--local', '--json'].filter((flag) => args.includes(flag))
  const example = commandLine(program, { command: [...path, ...(named ?? names.slice(0, 1)), ...same] })
  return new NotUnderstood(
    `Options follow a command, and none is named before them. There are ${names.join(', ')}, such as: ${example}`,
  )
}

/** In commander's words, without what may be a secret: the value of a flag, and arguments that are too many. */
function problem({ code, message }: CommanderError): string {
  const text = message.replace(/^error: /, '')
  const shown = {
    'commander.excessArguments': text.replace(/ but got (\d+):.*$/s, ' but got $1.'),
    'commander.unknownOption': text.replace(/='?[^\n]*?'(?=\n|$)/, "'"),
    'commander.unknownCommand': text.replace(/^(unknown command) '(?![\w-]{1,20}').*?'(?=\n|$)/s, '$1'),
  }[code]
  return sentence((shown ?? text).replace(/\n\((.*)\)$/, '. $1').trim())
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.?]$/.test(text) ? '' : '.')
}
