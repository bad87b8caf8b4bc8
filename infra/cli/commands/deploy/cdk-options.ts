import { production, stackName } from '../../../settings/stages.ts'
import { terminal } from '../../../terminal/terminal.ts'
import { NotUnderstood } from '../../../terminal/usage-error.ts'
import { cdkFlags } from './cdk-flags.ts'
import { refuseBareWords } from './refuse-bare-words.ts'
import { type Flags, refuseSwallowedFlags } from './swallowed-flags.ts'

export type CdkVerb = 'synth' | 'diff' | 'deploy' | 'destroy'

/** A command for the CDK, with the stage taken out of it. */
export interface CdkOptions {
  stage: string
  stackName: string
  /** AWS profile, if one is named. */
  profile: string | undefined
  /** What `cdk <verb>` is called with. */
  args: readonly string[]
}

const flags: Flags = {
  // First: of the words that npm left behind, `never` is an approval and no stage.
  ...cdkFlags,
  stage: { type: 'string', looksLike: /^[a-z][a-z0-9-]*$/ },
  profile: { type: 'string' },
  help: { type: 'boolean' },
}

/** The help of a command that hands its flags on to the CDK. */
export function cdkUsage(verb: CdkVerb, what: string): string {
  return `npm run ${verb} -- [options]

${what}

  --stage STAGE      ${production} unless named; each stage is a stack of its own, as many as you like in one account.
                     --context stage=STAGE says the same
  --profile NAME     AWS profile
  --help             this text

The region is that of AWS_REGION, else of AWS_DEFAULT_REGION, else of the profile.
Any other flag goes on to \`cdk ${verb}\`, such as --verbose; any other word is refused.`
}

/** Reads the command line; undefined when it asks for help. Throws `NotUnderstood`. */
export function cdkOptions(verb: CdkVerb, args: readonly string[]): CdkOptions | undefined {
  const command = `npm run ${verb}`
  refuseSwallowedFlags(command, flags, args, withShorthands(terminal().env))
  if (args.includes('--help')) return undefined
  // pnpm hands its own `--` on.
  const given = contextAsStage(args.filter((arg) => arg !== '--'))
  const { value: named, rest } = takeFlag('stage', given)
  const { value: profile } = takeFlag('profile', rest)
  const { value: region } = takeFlag('region', rest)
  if (region)
    throw new NotUnderstood(
      `Say the region to all commands alike: export AWS_REGION=${region}, without --region`,
    )
  refuseBareWords(command, rest, named)
  const stage = named ?? production
  const name = stackName(stage)
  const context = ['--context', `stage=${stage}`]
  return { stage, stackName: name, profile, args: [verb, name, ...context, ...rest] }
}

/** npm takes `-c stage=dev` for its own `--call`, and keeps `--no-execute` as an empty `execute`. */
function withShorthands(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { npm_config_call: call } = env
  return {
    ...env,
    ...(call && /^[\w:@/.-]+=/.test(call) && { npm_config_context: call }),
    ...(env.npm_config_execute === '' && { npm_config_no_execute: 'true' }),
    ...(env.npm_config_rollback === '' && { npm_config_no_rollback: 'true' }),
  }
}

/** `--context stage=dev`, as the CDK's users write it, is `--stage dev`: of two contexts the CDK would take the last. */
function contextAsStage(args: readonly string[]): string[] {
  const joined = args.flatMap((arg, at) => {
    if (isContext(args[at - 1]) && arg.startsWith('stage=')) return []
    return isContext(arg) && args[at + 1]?.startsWith('stage=') ? [`${arg}=${args[at + 1]}`] : [arg]
  })
  return joined.map((arg) => arg.replace(/^(?:-c=?|--context=)stage=/, '--stage='))
}

function isContext(arg: string | undefined): boolean {
  return arg === '-c' || arg === '--context'
}

function takeFlag(name: string, args: readonly string[]): { value: string | undefined; rest: string[] } {
  const rest: string[] = []
  const values: string[] = []
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === `--${name}`) values.push(args[++at] ?? '')
    else if (arg.startsWith(`--${name}=`)) values.push(arg.slice(name.length + 3))
    else rest.push(arg)
  }
  if (values.some((value) => value === '' || value.startsWith('-')))
    throw new NotUnderstood(`--${name} needs a value, such as --${name} dev`)
  const [value, other] = new Set(values)
  if (other !== undefined) throw new NotUnderstood(`--${name} is both ${value} and ${other}: give one`)
  return { value, rest }
}
