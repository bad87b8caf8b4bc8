import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { terminal } from '../terminal/terminal.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { awsProblem, isOfCredentials } from './explained.ts'

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

/** The CDK's own, where none is said. */
const cdkRegion = 'us-east-1'

/**
 * Does what `stackOutputs` does, before the CDK is run: null if they cannot be told, which it may still do. Throws `UsageError` at once for
 * credentials that are not there or are taken no more: the CDK says so once it has made the template, and of another command.
 * `args`: those of the CDK.
 */
export async function outputsBefore(
  stackName: string,
  args: readonly string[],
): Promise<StackOutputs | undefined | null> {
  const { env } = terminal()
  try {
    return await stackOutputs(stackName, env.AWS_REGION ? {} : { region: cdkRegion })
  } catch (error) {
    if (isOfCredentials(error) && !mayHaveOthers(error, args, env))
      throw awsProblem(`ask AWS for the stack ${stackName}`, error)
    return null
  }
}

/** The CDK has plugins for credentials, and asks for them through a proxy, which the SDK does not; of a file it needs none. */
function mayHaveOthers(error: Error, args: readonly string[], env: NodeJS.ProcessEnv): boolean {
  const has = (flag: string) => args.some((arg) => arg === flag || arg.startsWith(`${flag}=`))
  if (has('--plugin') || has('--template')) return true
  const isBehindProxy = has('--proxy') || Boolean(env.HTTPS_PROXY ?? env.https_proxy)
  return isBehindProxy && !/^Could not load credentials from any providers/.test(error.message)
}

/** Outputs that commands need, as infra/aws/stack.ts makes them. */
const outputNames = [
  ...(['CallbackUrl', 'EventTypes', 'TableName', 'WebhookSecretId', 'ApiSecretId'] as const),
  ...(['EventQueueUrl', 'DeadLetterQueueUrl', 'DelayQueueUrl'] as const),
  ...(['ReceiverName', 'ConsumerName', 'KeeperName'] as const),
] as const

export type DeployedOutputs = Record<(typeof outputNames)[number], string> & {
  /** `true`: events of connected accounts alone are taken. Absent: the stack is older than that. */
  ConnectedAccountsOnly?: string
}

/** Does what `stackOutputs` does, for commands that need a stack of ours that is there. Throws `UsageError`. */
export async function deployedOutputs(stackName: string): Promise<DeployedOutputs> {
  const outputs = await stackOutputs(stackName).catch((cause: unknown) => {
    throw awsProblem(`ask AWS for the stack ${stackName}`, cause)
  })
  if (!outputs?.CallbackUrl)
    throw new UsageError(
      `There is no stack ${stackName} in this account and region, or it is not deployed yet: run npm run deploy, or set ` +
        'AWS_REGION, --profile, --stage or --stack to where it is.',
    )
  const missing = outputNames.filter((name) => !outputs[name])
  if (missing.length === 0) return outputs as DeployedOutputs
  throw new UsageError(
    `The stack ${stackName} was deployed by an older version (it has no output ${missing.join(', ')}): run npm run deploy`,
  )
}

/** CloudFormation has no error of its own for it. */
function isAbsent(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message)
}
