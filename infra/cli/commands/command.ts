import { Command, Option, type OutputConfiguration } from 'commander'
import { type CommandWords, program, webhooksCommand } from '../../../shared/runtime/command-line.ts'
import { printText, type Terminal, terminal } from '../../terminal/terminal.ts'
import { NotUnderstood } from '../../terminal/usage-error.ts'

/** What every command that works with a deployment takes. */
export interface GlobalOptions {
  stage?: string
  stack?: string
  profile?: string
  local?: boolean
  json?: boolean
}

/** What is wrong is told where errors are: program.ts. */
const onTerminal: OutputConfiguration = {
  outputError: () => {},
  writeOut: (text) => printText(text, 'stdout'),
  writeErr: (text) => printText(text, 'stderr'),
  getOutHelpWidth: () => widthOf(terminal().stdout),
  getErrHelpWidth: () => widthOf(terminal().stderr),
}
const usualWidth = 80

function widthOf({ isTTY, columns }: Terminal['stdout']): number {
  return (isTTY && columns) || usualWidth
}

const whichDeployment = 'Which deployment:'

/** Commands that change the deployment which they are run for, and so have it named. */
const changing = new WeakSet<Command>()

/** A command that looks at a deployment. `examples`: what follows the program's name. */
export function reading(nameAndArgs: string, description: string, examples: readonly string[]): Command {
  return withJson(withDeployment(command(nameAndArgs, description, examples)))
}

/** A command that changes a deployment: it is never run for one that nobody named. */
export function changingCommand(
  nameAndArgs: string,
  description: string,
  examples: readonly string[],
): Command {
  const made = withJson(withDeployment(command(nameAndArgs, description, examples)))
  changing.add(made)
  return made
}

/** Whether `changingCommand` made it. */
export function changesDeployment(made: Command): boolean {
  return changing.has(made)
}

const examplesByCommand = new WeakMap<Command, readonly string[]>()

/** What follows the program's name in the examples of a command. */
export function examplesOf(made: Command): readonly string[] {
  return examplesByCommand.get(made) ?? []
}

/** A command with no options yet. */
export function command(nameAndArgs: string, description: string, examples: readonly string[]): Command {
  const [name = '', ...args] = nameAndArgs.split(' ')
  const made = new Command(name)
    .description(description)
    .summary(description.split(/(?<=\.)\s/)[0]?.replace(/\.$/, '') ?? '')
    .helpOption('--help', 'this text')
    .helpCommand(false)
    .exitOverride()
    .configureOutput(onTerminal)
  for (const arg of args) made.argument(arg)
  if (examples.length === 0) return made
  examplesByCommand.set(made, examples)
  const shown = examples.map((each) => `  ${program} ${each}`)
  return made.addHelpText('after', `\nExamples:\n${shown.join('\n')}`)
}

/** Commands that have their first word in common. */
export function group(name: string, description: string, commands: readonly Command[]): Command {
  const made = command(name, description, [])
  for (const each of commands) made.addCommand(each)
  return made
}

/** Adds the options that say which deployment is meant. */
export function withDeployment(made: Command): Command {
  return made
    .addOption(ofDeployment('--stage <stage>', 'the stack of this stage, such as prod'))
    .addOption(ofDeployment('--stack <name>', 'the stack of this name').conflicts('stage'))
    .addOption(ofDeployment('--profile <name>', 'AWS profile'))
    .addOption(ofDeployment('--local', 'the running npm start').conflicts(['stage', 'stack', 'profile']))
}

function ofDeployment(flags: string, description: string): Option {
  return new Option(flags, description).helpGroup(whichDeployment)
}

function withJson(made: Command): Command {
  return made.option('--json', 'the result as one JSON document on stdout, all else on stderr')
}

/** The command that the first words name, as far as they do, and these words. */
export function commandOf(root: Command, args: readonly string[]): { command: Command; path: string[] } {
  const [first = '', ...rest] = args
  const next = root.commands.find((each) => each.name() === first)
  if (!next) return { command: root, path: [] }
  const { command, path } = commandOf(next, rest)
  return { command, path: [first, ...path] }
}

type Named = { [Name in keyof GlobalOptions]: GlobalOptions[Name] | undefined }

/** Another command, with what leads it to the same deployment. */
export function nextFor({ stage, stack, profile, local }: Named, given: string | CommandWords): string {
  const words: CommandWords = typeof given === 'string' ? { command: given } : given
  return webhooksCommand({ ...words, options: { ...words.options, stage, stack, profile, local } })
}

/** A number of seconds from a command line. Throws `NotUnderstood`. */
export function secondsOf(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw new NotUnderstood(`--timeout ${text} is no number of seconds: give a whole one from 1.`)
}

/** A port on this machine from a command line. Throws `NotUnderstood`. */
export function portOf(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new NotUnderstood(`--port ${text} is not a port: give a number from 0 (any free one) to 65535.`)
}
