import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { stackName } from '../../infra/settings/stages.ts'
import type { Emulator } from './emulator.ts'

/** CloudFormation's word for the stack of a stage; undefined when there is none. */
export async function stackStatus({ client }: Emulator, stage: string): Promise<string | undefined> {
  const cloudformation = new CloudFormationClient(client)
  try {
    const command = new DescribeStacksCommand({ StackName: stackName(stage) })
    return (await cloudformation.send(command)).Stacks?.[0]?.StackStatus
  } catch (error) {
    if ((error as Error).message.includes('does not exist')) return undefined
    throw error
  } finally {
    cloudformation.destroy()
  }
}
