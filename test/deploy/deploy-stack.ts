import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb'
import { stackName } from '../../infra/settings/stages.ts'
import { table } from '../../infra/settings/topology.ts'
import type { Emulator } from './emulator.ts'
import type { ProjectCopy } from './project-copy.ts'

/** What a deployment tells of its stack. */
export interface DeployedStack {
  /** Where deliveries go. */
  url: string
  /** By their names. */
  outputs: Record<
    | 'CallbackUrl'
    | 'TableName'
    | 'EventQueueUrl'
    | 'DeadLetterQueueUrl'
    | 'WebhookSecretId'
    | 'ApiSecretId'
    | 'ConsumerName'
    | 'KeeperName',
    string
  >
  /** What `npm run deploy` wrote. */
  report: string
}

/**
 * Deploys what the copy holds as the stack of a stage, as its user does: by `npm run deploy`, which runs the real `cdk`.
 * `flags`: more of the command's own.
 */
export async function deployStack(
  project: ProjectCopy,
  emulator: Emulator,
  stage: string,
  flags: readonly string[] = [],
): Promise<DeployedStack> {
  const options = [
    ...['--stage', stage, '--require-approval', 'never', '--no-color', '--progress', 'events'],
    ...flags,
  ]
  const report = await project.run('infra/cli/main.ts', 'deploy', ...options)
  return deployedStack(stackName(stage), emulator, report)
}

/** A stack of this name, which was deployed. */
export async function deployedStack(
  name: string,
  emulator: Emulator,
  report: string,
): Promise<DeployedStack> {
  const outputs = await outputsOf(name, emulator)
  await expireItems(emulator, outputs.TableName)
  return { url: reachable(outputs.CallbackUrl, emulator), outputs, report }
}

async function outputsOf(name: string, emulator: Emulator): Promise<DeployedStack['outputs']> {
  const cloudformation = new CloudFormationClient(emulator.client)
  const { Stacks = [] } = await cloudformation.send(new DescribeStacksCommand({ StackName: name }))
  cloudformation.destroy()
  const outputs = Stacks[0]?.Outputs ?? []
  return Object.fromEntries(outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])) as never
}

/**
 * MiniStack answers at `https://<api id>.execute-api.localhost:<port>`, a name that not every resolver knows; and under
 * this path of its own address.
 */
function reachable(callbackUrl: string, { client }: Emulator): string {
  const { hostname, pathname } = new URL(callbackUrl)
  const [apiId] = hostname.split('.')
  return `${client.endpoint}/_aws/execute-api/${apiId}/$default${pathname}`
}

/** MiniStack's CloudFormation leaves out `TimeToLiveSpecification`. With it, an item of a wrong age would vanish. */
async function expireItems(emulator: Emulator, TableName: string): Promise<void> {
  const dynamodb = new DynamoDBClient(emulator.client)
  const TimeToLiveSpecification = { AttributeName: table.ttlAttribute, Enabled: true }
  await dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }))
  dynamodb.destroy()
}
