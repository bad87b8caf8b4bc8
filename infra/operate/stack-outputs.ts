import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { toDeploy } from '../settings/stages.ts'
import { terminal } from '../terminal/terminal.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { awsProblem, isAboutCredentials } from './explained.ts'

/** What a stack tells of itself: output name → value. */
export type StackOutputs = Readonly<Record<string, string>>

/**
 * The outputs of a deployed stack; undefined when there is none of this name. Throws what CloudFormation does, and what
 * stands between here and it: no credentials, no region.
 */
async function stackOutputs(
  stackName: string,
  config: { region?: string } = {},
): Promise<StackOutputs | undefined> {
  const client = new CloudFormationClient(config)
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stackName }))
    const outputs = Stacks[0]?.Outputs ?? []
    return Object.fromEntries(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]))
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  } finally {
    client.destroy()
  }
}

/** The region that the CDK takes where none is named. */
const cdkRegion = 'us-east-1'

/**
 * Does what `stackOutputs` does, before the CDK is run. Null: they cannot be told, though the CDK may still get through. Throws
 * `UsageError` at once if credentials are missing or no longer taken: the CDK would say so only after it has made the template,
 * and would name another command. `args`: those of the CDK.
 */
export async function outputsBefore(
  stackName: string,
  args: readonly string[],
): Promise<StackOutputs | undefined | null> {
  const { env } = terminal()
  try {
    return await stackOutputs(stackName, env.AWS_REGION ? {} : { region: cdkRegion })
  } catch (error) {
    if (isAboutCredentials(error) && !mayHaveOthers(error, args, env))
      throw awsProblem(`ask AWS for the stack ${stackName}`, error)
    return null
  }
}

/** Whether the CDK may have credentials that the SDK has not: from a plugin or through a proxy; for a template it needs none. */
function mayHaveOthers(error: Error, args: readonly string[], env: NodeJS.ProcessEnv): boolean {
  const has = (flag: string) => args.some((arg) => arg === flag || arg.startsWith(`${flag}=`))
  if (has('--plugin') || has('--template')) return true
  const isBehindProxy = has('--proxy') || Boolean(env.HTTPS_PROXY ?? env.https_proxy)
  return isBehindProxy && !/^Could not load credentials from any providers/.test(error.message)
}

/** Outputs that commands need, as infra/aws/command-outputs.ts makes them. */
const outputNames = [
  ...(['CallbackUrl', 'EventTypes', 'TableName', 'WebhookSecretId', 'ApiSecretId'] as const),
  ...(['EventQueueUrl', 'DeadLetterQueueUrl', 'DelayQueueUrl'] as const),
  ...(['ReceiverName', 'ConsumerName', 'KeeperName'] as const),
] as const

export type DeployedOutputs = Record<(typeof outputNames)[number], string> & {
  /** `true`: events of connected accounts alone are taken. Absent: the stack is older than that. */
  ConnectedAccountsOnly?: string
  /** Absent: the stack has no alarms. */
  AlarmTopicArn?: string
  /** Absent: AWS holds the keys. */
  EncryptionKeyArn?: string
  /** All URLs at which the stack is called, API Gateway's own first. Absent: it has no domains. */
  OwnUrls?: string
  /** Domains whose DNS record the stack does not set, and what each has to point to: `NAME=TARGET`, with spaces between. */
  DomainTargets?: string
}

/** The account that an ARN names. */
export function accountOf(arn: string | undefined): string | undefined {
  return arn?.split(':')[4]
}

/** What a domain's record has to point to. Undefined: the stack sets the record, or has no such domain. */
export function domainTarget({ DomainTargets = '' }: StackOutputs, name: string): string | undefined {
  return domainTargets({ DomainTargets }).find((each) => each.name === name)?.target
}

/** The domains whose records are to be set, and what each has to point to. */
export function domainTargets({ DomainTargets = '' }: StackOutputs): { name: string; target: string }[] {
  return DomainTargets.split(' ').flatMap((each) => {
    const [name, target] = each.split('=')
    return name && target ? [{ name, target }] : []
  })
}

/** Does what `stackOutputs` does, for commands that need a stack of ours that is there. Throws `UsageError`. */
export async function deployedOutputs(stackName: string): Promise<DeployedOutputs> {
  const outputs = await stackOutputs(stackName).catch((cause: unknown) => {
    throw awsProblem(`ask AWS for the stack ${stackName}`, cause)
  })
  if (!outputs?.CallbackUrl)
    throw new UsageError(
      `There is no stack ${stackName} in this account and region, or it is not deployed yet: run ${toDeploy(stackName)}, or set ` +
        'AWS_REGION, --profile, --stage or --stack to where it is.',
    )
  const missing = outputNames.filter((name) => !outputs[name])
  if (missing.length === 0) return outputs as DeployedOutputs
  throw new UsageError(
    `The stack ${stackName} was deployed by an older version (it has no output ${missing.join(', ')}): run ${toDeploy(stackName)}`,
  )
}

/** CloudFormation has no error of its own for it. */
function isAbsent(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message)
}
