import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { delimiter, dirname } from 'node:path'
import { type Command, Option } from 'commander'
import { commandLine, program, shellWord } from '../../../../shared/runtime/command-line.ts'
import { projectRoot } from '../../../settings/project-files.ts'
import { production, stackName } from '../../../settings/stages.ts'
import { terminal } from '../../../terminal/terminal.ts'
import { NotUnderstood, UsageError } from '../../../terminal/usage-error.ts'
import { command } from '../command.ts'
import { cdkFlags, type cdkVerbs } from './cdk-flags.ts'

/** A command for the CDK, with the stage taken out of it. */
export interface CdkOptions {
  stage: string
  /** Whether the command line names the stage. If it does not, `stage` is the usual one. */
  isNamed: boolean
  stackName: string
  /** AWS profile, if one is named. */
  profile: string | undefined
  /** Whether nothing is to be asked. Only `destroy` has it. */
  yes: boolean
  /** What `cdk` is called with. */
  args: readonly string[]
}

interface Given {
  stage?: string
  profile?: string
  context?: string[]
  yes?: boolean
}

type CdkVerb = (typeof cdkVerbs)[number]

/** A command that hands its flags on to the CDK's own of this name. */
export function cdkCommand(
  verb: CdkVerb,
  description: string,
  examples: readonly string[],
  work: (options: CdkOptions) => Promise<void>,
): Command {
  const usualStage = verb === 'destroy' ? `${production}, once its name is typed` : production
  return command(
    verb,
    `${description}\n\nThe region is that of AWS_REGION, else of AWS_DEFAULT_REGION, else of the profile. Any other flag ` +
      `goes on to \`cdk ${verb}\`, such as --verbose; any other word is refused.`,
    examples,
  )
    .option('--stage <stage>', `each stage is a stack of its own (${usualStage})`, onlyOne('stage'))
    .option('--profile <name>', 'AWS profile', onlyOne('profile'))
    .addOption(
      new Option(
        '-c, --context <pair>',
        "the CDK's, any number of them; stage=STAGE says the same as --stage",
      ).argParser((pair, before: string[] = []) => [...before, pair.replace(/^=/, '')]),
    )
    .addOption(new Option('--region <region>').argParser(refuseRegion).hideHelp())
    .allowUnknownOption()
    .allowExcessArguments()
    .action((options: Given, made: Command) => work(cdkOptions(verb, options, made.args)))
}

function onlyOne(name: string) {
  return (value: string, before: string | undefined): string => {
    if (value === '' || value.startsWith('-'))
      throw new NotUnderstood(`--${name} needs a value, such as --${name} dev`)
    if (before !== undefined && before !== value)
      throw new NotUnderstood(`--${name} is both ${before} and ${value}: give one`)
    return value
  }
}

function refuseRegion(region: string): never {
  throw new NotUnderstood(
    `Say the region to all commands alike: export AWS_REGION=${shellWord(region)}, without --region`,
  )
}

/** The stage is named once in what the CDK gets: it would take the last of two contexts of one name. */
function cdkOptions(
  verb: CdkVerb,
  { stage: given, profile, context = [], yes = false }: Given,
  rest: readonly string[],
): CdkOptions {
  const isStage = (pair: string) => pair.startsWith('stage=')
  const one = onlyOne('stage')
  const named = context
    .filter(isStage)
    .reduce<string | undefined>((before, pair) => one(pair.slice('stage='.length), before), given)
  refuseBareWords(verb, rest, { stage: named, profile })
  const stage = named ?? production
  const name = stackName(stage)
  const contexts = [`stage=${stage}`, ...context.filter((pair) => !isStage(pair))]
  const args = [
    verb,
    name,
    ...contexts.flatMap((pair) => ['--context', pair]),
    ...(profile === undefined ? [] : ['--profile', profile]),
    ...rest,
  ]
  return { stage, isNamed: named !== undefined, stackName: name, profile, yes, args }
}

/** Beside those of `cdkFlags`, which has no short ones, and none that npm knows itself. */
const moreValueFlags = ['-a', '-E', '-m', '-o', '-O', '-p', '-r', '-t', '--build', '--progress', '--proxy']

/**
 * Throws `NotUnderstood` with the corrected command for a word that is no flag and no flag's value: the CDK would take it
 * for the name of a stack, and its command would go to the stage `prod`. `named`: what the command line names.
 */
function refuseBareWords(
  verb: CdkVerb,
  args: readonly string[],
  named: { stage: string | undefined; profile: string | undefined },
): void {
  const at = args.findIndex((arg, index) => !arg.startsWith('-') && !isValue(arg, args[index - 1]))
  if (at < 0) return
  const [word = '', before = ''] = [args[at], args[at - 1]]
  const rest = args.filter((_, index) => index !== at)
  const { stage = stageMeantBy(word), profile } = named
  const corrected = commandLine(`${program} ${verb}`, { options: { stage, profile } })
  const more = rest.map((each) => ` ${shellWord(each)}`).join('')
  // A flag that is newer than the list.
  const isUnknown = /^--[^=]+$/.test(before) && !isListed(before.slice(2))
  throw new NotUnderstood(
    `The CDK would take '${word}' for a stack. ${named.stage === undefined ? 'To name a stage' : 'Leave it out'}: ` +
      `${corrected}${more}${isUnknown ? `\nIf it is the value of ${before}: ${shellWord(`${before}=${word}`)}` : ''}`,
  )
}

function isValue(arg: string, before = ''): boolean {
  if (!before.startsWith('-')) return false
  if (arg === 'true' || arg === 'false') return true
  return moreValueFlags.includes(before) || cdkFlags.values.some((name) => `--${name}` === before)
}

function isListed(flag: string): boolean {
  return [...cdkFlags.values, ...cdkFlags.switches].some((name) => name === flag)
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

/** Runs the `cdk` command line, with the terminal its own. Throws `UsageError` when it fails: it has told why. */
export async function runCdk(
  args: readonly string[],
  env: NodeJS.ProcessEnv = terminal().env,
): Promise<void> {
  const cdk = createRequire(import.meta.url).resolve('aws-cdk/bin/cdk')
  const child = spawn(process.execPath, [cdk, ...args], {
    cwd: projectRoot,
    stdio: 'inherit',
    // The app is run by the `node` of the PATH, which is to be this one.
    env: { ...env, PATH: [dirname(process.execPath), env.PATH].join(delimiter) },
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new UsageError(`cdk ${args[0]} failed, as it says above.`)
}
