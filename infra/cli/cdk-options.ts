import { production, stackName } from '../stages.ts'
import { UsageError } from '../usage-error.ts'
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
  stage: { type: 'string', looksLike: /^[a-z][a-z0-9-]*$/ },
  profile: { type: 'string' },
  help: { type: 'boolean' },
}

/** The help of a command that hands its flags on to the CDK. */
export function cdkUsage(verb: CdkVerb, what: string): string {
  return `npm run ${verb} -- [options]

${what}

  --stage STAGE      ${production} unless named; each stage is a stack of its own, as many as you like in one account
  --profile NAME     AWS profile
  --help             this text

Any other flag goes on to \`cdk ${verb}\`, such as --verbose.`
}

/** Reads the command line; undefined when it asks for help. Throws `UsageError`. */
export function cdkOptions(verb: CdkVerb, args: readonly string[]): CdkOptions | undefined {
  refuseSwallowedFlags(`npm run ${verb}`, flags, args, process.env)
  if (args.includes('--help')) return undefined
  const { value: stage = production, rest } = takeFlag('stage', args)
  const { value: profile } = takeFlag('profile', rest)
  try {
    const name = stackName(stage)
    return {
      stage,
      stackName: name,
      profile,
      args: [verb, name, '--context', `stage=${stage}`, ...rest],
    }
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}

function takeFlag(name: string, args: readonly string[]): { value: string | undefined; rest: string[] } {
  const rest: string[] = []
  let value: string | undefined
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === `--${name}`) value = args[++at] ?? ''
    else if (arg.startsWith(`--${name}=`)) value = arg.slice(name.length + 3)
    else rest.push(arg)
  }
  if (value === '' || value?.startsWith('-'))
    throw new UsageError(`--${name} needs a value, such as --${name} dev`)
  return { value, rest }
}
