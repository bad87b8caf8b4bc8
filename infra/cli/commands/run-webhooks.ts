import { type Command, CommanderError } from 'commander'
import { commandLine } from '../../../shared/runtime/command-line.ts'
import { explained } from '../../operate/explained.ts'
import { printError, terminal } from '../../terminal/terminal.ts'
import { NotUnderstood, UsageError } from '../../terminal/usage-error.ts'
import { isCredentialName } from '../terminal/credentials.ts'
import { program } from './command.ts'
import { commandOf } from './command-of.ts'
import { neverAnArgument } from './never-an-argument.ts'
import { refuseSwallowed } from './refuse-swallowed.ts'

/**
 * Runs the command that the arguments name; `called`: how the script is. Exit codes: 0 done; 1 failed, or something is wrong; 2 the command line was not
 * understood. What the user can mend is told as its message alone, on stderr.
 */
export async function runWebhooks(root: Command, args: readonly string[], called = program): Promise<void> {
  try {
    // pnpm hands its own `--` on.
    const given = args[0] === '--' ? args.slice(1) : args
    refuseSwallowed(root, given, terminal().env, called)
    await parse(root, given, called)
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return
    printError(explained(error) ?? error)
    terminal().exitCode = error instanceof UsageError ? error.exitCode : 1
  }
}

async function parse(root: Command, args: readonly string[], called: string): Promise<void> {
  try {
    await root.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode === 0) throw error
    // Commands were listed, since none was named.
    if (error.code === 'commander.help') throw new NotUnderstood('Say which of these commands.')
    const flag = /^error: unknown option '--?([^'=]*)/.exec(error.message)?.[1] ?? ''
    const { command, path } = commandOf(root, args)
    if (isCredentialName(flag)) throw neverAnArgument(flag, command.opts())
    if (command.commands.length > 0 && isUnknownOption(error))
      throw optionsTooEarly(command, path, { called, args })
    throw new NotUnderstood(`${problem(error)} See ${[called, '--', ...path].join(' ')} --help`)
  }
}

function isUnknownOption({ code }: CommanderError): boolean {
  return code === 'commander.unknownOption'
}

/** A group takes none: they belong to its commands. */
function optionsTooEarly(
  group: Command,
  path: readonly string[],
  { called, args }: { called: string; args: readonly string[] },
): NotUnderstood {
  const names = group.commands.map((each) => each.name())
  const words = args.slice(path.length)
  const named = words.map((_, at) => commandOf(group, words.slice(at)).path).find(({ length }) => length > 0)
  // Any other may be a secret, or have one.
  const same = ['--local', '--json'].filter((flag) => args.includes(flag))
  const example = commandLine(`${called} --`, {
    command: [...path, ...(named ?? names.slice(0, 1)), ...same],
  })
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
