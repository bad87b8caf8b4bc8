import { Command, Option, type OutputConfiguration } from 'commander'
import { production } from '../../settings/stages.ts'
import { printText, type Terminal, terminal } from '../../terminal/terminal.ts'

/** What every command takes. */
export interface GlobalOptions {
  stage?: string
  stack?: string
  profile?: string
  local?: boolean
  json?: boolean
}

/** How the command line is called. */
export const program = 'npm run webhooks'

/** What is wrong is told where errors are: run-webhooks.ts. */
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

/** A command of `npm run webhooks`, with the options that all have. `examples`: what follows `npm run webhooks -- `. */
export function command(nameAndArgs: string, description: string, examples: readonly string[]): Command {
  const [name = '', ...args] = nameAndArgs.split(' ')
  const made = named(name, description, examples)
  for (const arg of args) made.argument(arg)
  return withDeployment(made).option(
    '--json',
    'the result as one JSON document on stdout, all else on stderr (npm run --silent webhooks -- …)',
  )
}

/** A command that is a script of its own, such as `npm run console`. */
export function script(called: string, description: string, examples: readonly string[]): Command {
  return withDeployment(named(`${called} --`, description, examples, called))
}

function withDeployment(made: Command): Command {
  return made
    .addOption(option('--stage <stage>', `the stack of a stage (${production} unless named)`))
    .addOption(option('--stack <name>', 'the stack of this name').conflicts('stage'))
    .addOption(option('--profile <name>', 'AWS profile'))
    .addOption(option('--local', 'the running npm start').conflicts(['stage', 'stack', 'profile']))
}

/** Commands that have their first word in common. */
export function group(name: string, description: string, commands: readonly Command[]): Command {
  const made = named(name, description, [])
  for (const each of commands) made.addCommand(each)
  return made
}

function named(name: string, description: string, examples: readonly string[], called = program): Command {
  const made = new Command(name)
    .description(description)
    .summary(description.split(/(?<=\.)\s/)[0]?.replace(/\.$/, '') ?? '')
    .helpOption('--help', 'this text')
    .helpCommand(false)
    .exitOverride()
    .configureOutput(onTerminal)
  if (examples.length > 0)
    made.addHelpText(
      'after',
      `\nExamples:\n${examples.map((each) => `  ${[called, ...(each === '' ? [] : ['--', each])].join(' ')}`).join('\n')}`,
    )
  return made
}

function option(flags: string, description: string): Option {
  return new Option(flags, description).helpGroup(whichDeployment)
}
