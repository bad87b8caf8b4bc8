import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation'
import {
  DescribeTableCommand,
  RestoreTableToPointInTimeCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'
import { InvokeCommand } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { FakeSmokeball } from '../../infra/fake-smokeball/fake-smokeball.ts'
import { startFakeSmokeball } from '../../infra/fake-smokeball/start-fake-smokeball.ts'
import { production, stackName } from '../../infra/settings/stages.ts'
import { table } from '../../infra/settings/topology.ts'
import { freshTicks } from '../../infra/smokeball/sample.ts'
import { accountId as firm } from '../infra/fake-smokeball/fake-smokeball-started.ts'
import { connect, secretLines } from './connect.ts'
import { type DeployedStack, deployStack } from './deploy-stack.ts'
import { type Emulator, startEmulator } from './emulator.ts'
import { notificationAt } from './notification.ts'
import { type Clients, clientId, clientsOf, makeCrmKey, type Pipeline, pipeline } from './pipeline.ts'
import { type ProjectCopy, projectCopy } from './project-copy.ts'

const ministack = inject('ministack')
/** `stateful-resources.test.ts` pins it. */
const logicalId = 'WebhooksEventTableF2AE826E'
const restored = 'restored-events'

/**
 * Walks through docs/restoring.md. What MiniStack 1.5.33 cannot show: it restores a table as it is, and not as it was; into
 * the same region alone; with its settings; at once. And its CloudFormation does not compare an imported table with the
 * template.
 */
describe.skipIf(!ministack)('a table that was restored', () => {
  let emulator: Emulator
  let project: ProjectCopy
  let clients: Clients
  let smokeball: FakeSmokeball
  let stack: DeployedStack
  let deployed: Pipeline
  let signingKey: string
  let lost: string
  let waiting: string
  const nextTicks = freshTicks()
  const matter = () => notificationAt(nextTicks(), 'matter.updated', 'one matter')
  const [before, late, after] = [matter(), matter(), matter()]
  const givenUp = notificationAt(nextTicks(), 'task.updated')

  beforeAll(async () => {
    if (!ministack) return
    emulator = await startEmulator(ministack)
    clients = clientsOf(emulator)
    await makeCrmKey(clients)
    project = await projectCopy(emulator.env)
    await project.replace('functions/handlers/index.ts', new URL('handlers-before.ts', import.meta.url))
    await project.replace('infra/handlers.ts', new URL('handler-settings.ts', import.meta.url))
    await project.cdk('bootstrap')
    await takeStack()
    signingKey = String((await deployed.readSecret()).signingKey)
    smokeball = await startFakeSmokeball({ clientId })
    await project.feed(
      secretLines(smokeball),
      ...connect(smokeball, '--stage', production, '--url', stack.url),
    )
  })
  afterAll(async () => {
    for (const client of Object.values(clients ?? {})) client.destroy()
    await smokeball?.stop()
    await emulator?.stop()
    await project?.remove()
  })

  const takeStack = async (...flags: string[]) => {
    stack = await deployStack(project, emulator, production, flags)
    deployed = pipeline(stack, clients)
  }
  const operate = (...args: string[]) => project.run('infra/cli/main.ts', ...args, '--stage', production)
  const accept = async (text: string) =>
    expect(await deployed.deliver(text, signingKey)).toMatchObject({ status: 200 })
  const handled = async (text: string) => {
    await accept(text)
    await deployed.becomes(text, { status: 'handled' })
  }
  const tableOfStack = async () => {
    const cloudformation = new CloudFormationClient(emulator.client)
    const command = new DescribeStackResourcesCommand({ StackName: stackName(production) })
    const { StackResources = [] } = await cloudformation.send(command)
    cloudformation.destroy()
    return StackResources.filter(({ ResourceType }) => ResourceType === 'AWS::DynamoDB::Table').map(
      ({ LogicalResourceId, PhysicalResourceId }) => [LogicalResourceId, PhysicalResourceId],
    )
  }

  it('is made beside the one of the stack, which goes on meanwhile', { timeout: 120_000 }, async () => {
    await handled(before)
    await accept(givenUp)
    await deployed.becomes(givenUp, { status: 'dead-lettered' })
    await deployed.settled()

    const { dynamodb } = clients
    const SourceTableName = stack.outputs.TableName
    await dynamodb.send(
      new RestoreTableToPointInTimeCommand({
        SourceTableName,
        TargetTableName: restored,
        UseLatestRestorableTime: true,
      }),
    )
    await waitUntilTableExists({ client: dynamodb, maxWaitTime: 30 }, { TableName: restored })
    const TimeToLiveSpecification = { AttributeName: table.ttlAttribute, Enabled: true }
    await dynamodb.send(new UpdateTimeToLiveCommand({ TableName: restored, TimeToLiveSpecification }))
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true }
    await dynamodb.send(
      new UpdateContinuousBackupsCommand({ TableName: restored, PointInTimeRecoverySpecification }),
    )
    await dynamodb.send(new UpdateTableCommand({ TableName: restored, DeletionProtectionEnabled: true }))

    // The restored table knows nothing of these.
    await handled(after)
    lost = notificationAt(nextTicks(), 'contact.updated')
    await handled(lost)
  })

  it('takes the place of the old one, which leaves the stack and stays', { timeout: 180_000 }, async () => {
    await operate('pause')
    waiting = notificationAt(nextTicks(), 'contact.updated')
    await accept(waiting)
    const old = stack.outputs.TableName
    expect(await tableOfStack()).toEqual([[logicalId, old]])

    await takeStack('--context', `restoredTable=${restored}`)
    expect(await tableOfStack()).toEqual([])
    expect(stack.outputs.TableName).toBe(restored)
    const { Table } = await clients.dynamodb.send(new DescribeTableCommand({ TableName: old }))
    expect(Table).toMatchObject({ TableStatus: 'ACTIVE' })
  })

  it('comes into the stack by cdk import, under the id of the old one', { timeout: 240_000 }, async () => {
    const mapping = JSON.stringify({ [logicalId]: { TableName: restored } })
    const report = await project.run(
      ...(['node_modules/aws-cdk/bin/cdk', 'import', stackName(production), '--force'] as const),
      ...['--context', `stage=${production}`, '--resource-mapping-inline', mapping],
    )
    expect(report).toContain(logicalId)
    expect(await tableOfStack()).toEqual([[logicalId, restored]])
    await takeStack()
    expect(await tableOfStack()).toEqual([[logicalId, restored]])
    expect(stack.outputs.TableName).toBe(restored)
    expect(await operate('status')).toMatch(/paused/i)
  })

  it('has what was there before, takes what waited, and does not know what came after the backup', async () => {
    expect(await deployed.record(before)).toMatchObject({ status: 'handled' })
    expect(await deployed.record(lost)).toBeUndefined()
    await operate('resume')
    await deployed.becomes(waiting, { status: 'handled' })
    expect(await deployed.record(lost)).toBeUndefined()
  })

  it('handles once more what is delivered again of that time, and nothing of the time before', async () => {
    const known = await deployed.record(before)
    await deployed.enqueue(before, {})
    await deployed.enqueue(lost, {})
    await deployed.becomes(lost, { status: 'handled', attempts: 1 })
    await deployed.settled()
    expect(await deployed.record(before)).toEqual(known)
  })

  it('takes for new what was superseded by events that it does not know, with a greater fence', async () => {
    const known = await deployed.record(before)
    await accept(late)
    await deployed.becomes(late, { status: 'handled' })
    expect((await deployed.record(late))?.fence).toBeGreaterThan(known?.fence ?? Number.POSITIVE_INFINITY)
  })

  it('gives dead letters of the time before back to their handlers', async () => {
    expect(await operate('dlq', 'list')).toContain(' permanent-failure ')
    expect(await operate('dlq', 'redrive', '--all')).toContain('Sent back 1 dead letter.')
    await deployed.becomes(givenUp, { status: 'dead-lettered', attempts: 2 })
  })

  it('has the firms with their refresh tokens, which the same API secret opens', async () => {
    const invoke = new InvokeCommand({ FunctionName: stack.outputs.KeeperName, Payload: '{}' })
    const { Payload, FunctionError } = await clients.lambda.send(invoke)
    expect(FunctionError).toBeUndefined()
    expect(JSON.parse(Payload?.transformToString() ?? '')).toMatchObject({
      accounts: [{ accountId: firm, outcome: 'unchanged' }],
    })
  })
})
