import './localhost-names.mjs'
import { randomUUID } from 'node:crypto'
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { FakeSmokeball } from '../../infra/fake-smokeball/fake-smokeball.ts'
import { startFakeSmokeball } from '../../infra/fake-smokeball/start-fake-smokeball.ts'
import { freshTicks, withMember } from '../../infra/smokeball/sample.ts'
import { purgedAttribute, removedAccountKey } from '../../shared/smokeball-api/account.ts'
import { blocksOf } from '../docs/code-blocks.ts'
import { accountId as firm } from '../infra/fake-smokeball/fake-smokeball-started.ts'
import { connect, secretLines } from './connect.ts'
import { type DeployedStack, deployedStack, deployStack } from './deploy-stack.ts'
import { type Emulator, startEmulator } from './emulator.ts'
import { type EncryptionKey, makeKey } from './encryption-key.ts'
import { logLines } from './log-lines.ts'
import { notificationAt } from './notification.ts'
import { type Clients, clientId, clientsOf, makeCrmKey, type Pipeline, pipeline } from './pipeline.ts'
import { type ProjectCopy, projectCopy } from './project-copy.ts'
import { whileRefusing } from './queue-outage.ts'
import { stackStatus } from './stack-status.ts'

const ministack = inject('ministack')
const page = 'docs/deploy.md'
const section = 'In a stack of your own'
/** The page's app is called so, and its stack. */
const [app, name] = ['my-app.ts', 'MyStack']

/** The construct in an app of one's own: the one that docs/deploy.md shows, deployed by the command that it shows. */
describe.skipIf(!ministack)('a stack of one’s own', () => {
  let emulator: Emulator
  let project: ProjectCopy
  let clients: Clients
  let smokeball: FakeSmokeball
  let key: EncryptionKey
  let stack: DeployedStack
  let deployed: Pipeline
  let signingKey: string
  const nextTicks = freshTicks()

  beforeAll(async () => {
    if (!ministack) return
    emulator = await startEmulator(ministack)
    clients = clientsOf(emulator)
    await makeCrmKey(clients)
    const names = new URL('localhost-names.mjs', import.meta.url)
    key = await makeKey(emulator)
    project = await projectCopy({
      ...emulator.env,
      NODE_OPTIONS: `--import ${names.href}`,
      DEPLOY_TEST_KEY: key.arn,
    })
    await project.replace('functions/handlers/index.ts', new URL('handlers-before.ts', import.meta.url))
    await project.replace('infra/handlers.ts', new URL('handler-settings.ts', import.meta.url))
    smokeball = await startFakeSmokeball({ clientId })
    await project.cdk('bootstrap')
  })
  afterAll(async () => {
    for (const client of Object.values(clients ?? {})) client.destroy()
    key?.close()
    await smokeball?.stop()
    await emulator?.stop()
    await project?.remove()
  })

  const operate = (...args: string[]) => project.run('infra/cli/main.ts', ...args, '--stack', name)
  const notification = (type: string, accountId: string) =>
    withMember(notificationAt(nextTicks(), type), ['accountId'], JSON.stringify(accountId))
  const accept = async (text: string) =>
    expect(await deployed.deliver(text, signingKey)).toMatchObject({ status: 200 })
  const keeper = async (payload: object): Promise<unknown> => {
    const invoke = new InvokeCommand({
      FunctionName: stack.outputs.KeeperName,
      Payload: JSON.stringify(payload),
    })
    return JSON.parse((await clients.lambda.send(invoke)).Payload?.transformToString() ?? '')
  }

  it('is deployed as the page says', { timeout: 120_000 }, async () => {
    const apps = blocksOf(page, section, 'ts').filter(({ code }) => code.includes('new App()'))
    expect(apps).toMatchObject([{ code: expect.stringContaining(`'${name}'`) }])
    const [command] = blocksOf(page, section, 'sh').flatMap(({ code }) => code.split('\n'))
    expect(command).toBe(`npx cdk deploy --app 'node ${app}' ${name}`)
    await project.write(app, apps.map(({ code }) => code).join(''))
    const report = await project.cdk('deploy', '--app', `node ${app}`, name, '--require-approval', 'never')
    stack = await deployedStack(name, emulator, report)
    deployed = pipeline(stack, clients)
    signingKey = String((await deployed.readSecret()).signingKey)
  })

  it('is connected by its name, and found right by doctor', { timeout: 120_000 }, async () => {
    const report = await project.feed(secretLines(smokeball), ...connect(smokeball, '--stack', name))
    expect(report).toMatch(/✓ noop, account \S+ it was sent, verified and taken up within \d+ ms/)
    expect(smokeball.subscriptions).toMatchObject([{ eventNotificationUrl: stack.outputs.CallbackUrl, name }])
    expect(await operate('doctor')).toMatch(/✓ subscription, [\s\S]*✓ noop, /)
  })

  it('is sent to, listed and told of by its name', { timeout: 60_000 }, async () => {
    expect(await operate('send', 'matter.updated', '--account', firm)).toMatch(/200 +matter\.updated/)
    await deployed.settled()
    expect(await operate('events', 'list')).toMatch(/handled .*matter\.updated|matter\.updated .*handled/)
    expect(await operate('status')).toMatch(/\nPut aside +nothing/)
  })

  it('stands beside the stack of a stage whose key lets CloudWatch tell alarms, or is not deployed', {
    timeout: 120_000,
  }, async () => {
    const refused = String(await deployStack(project, emulator, 'dev').catch(String))
    expect(refused).toContain('CloudWatch may not publish, and alarms are silent')
    expect(await stackStatus(emulator, 'dev')).toBeUndefined()

    await key.allow(refused)
    const encrypted = await deployStack(project, emulator, 'dev')
    expect(await key.encrypts(encrypted.outputs)).toEqual({ queue: key.arn, secret: key.arn })
    const ofStage = ['--stage', 'dev']
    await project.feed(clientId, 'infra/cli/main.ts', 'secret', 'set', 'client-id', ...ofStage)
    await project.run('infra/cli/main.ts', 'accounts', 'add', firm, ...ofStage)
    const text = notification('matter.updated', firm)
    const dev = pipeline(encrypted, clients)
    const { signingKey: keyOfStage } = await dev.readSecret()
    expect(await dev.deliver(text, String(keyOfStage))).toMatchObject({ status: 200 })
    await dev.becomes(text, { status: 'handled' })
    expect(await deployed.record(text)).toBeUndefined()
    const found = await project.run('infra/cli/main.ts', 'doctor', ...ofStage).catch(String)
    expect(found).toContain(`✓ encryption key: ${key.arn} can be used by account `)
  })

  it('forgets a firm that left: its events, dead letters, and what still waits', {
    timeout: 90_000,
  }, async () => {
    const account = randomUUID()
    const [handled, given, waiting] = ['contact.updated', 'task.updated', 'contact.created'].map((type) =>
      notification(type, account),
    ) as [string, string, string]
    const others = notification('matter.updated', firm)
    await operate('accounts', 'add', account)
    for (const text of [handled, given, others]) await accept(text)
    await deployed.becomes(handled, { status: 'handled' })
    await deployed.becomes(given, { status: 'dead-lettered' })
    await deployed.becomes(others, { status: 'handled' })
    await operate('pause')
    await accept(waiting)
    await operate('accounts', 'remove', account, '--keep-subscription')

    const held = await operate('accounts', 'purge', account, '--dry-run', '--json')
    expect(jsonIn(held)).toMatchObject({
      account,
      isConnected: false,
      held: { events: 2, deadLetters: 1 },
    })
    const first = await operate('accounts', 'purge', account, '--yes', '--no-wait').catch(String)
    expect(first).toContain('not yet')
    expect(await Promise.all([handled, given].map(deployed.record))).toEqual([undefined, undefined])

    await restartConsumer()
    await operate('resume')
    await deployed.settled()
    expect(await deployed.record(waiting)).toBeUndefined()
    expect(await logLines(emulator)).toMatch(/purged/)
    await ageMark(account)
    const receipt = jsonIn(await operate('accounts', 'purge', account, '--yes', '--json'))
    expect(receipt).toMatchObject({
      account,
      deployment: name,
      finished: expect.any(String),
      deleted: { events: 2, deadLetters: 1 },
    })
    expect(JSON.stringify(receipt)).not.toContain('payload')
    expect(await deployed.record(others)).toMatchObject({ status: 'handled' })
  })

  /** The last one: for 30 seconds after it, the receiver's process tries the table first. */
  it('puts aside what its queue refuses, and brings it in and handles it once the queue takes it', async () => {
    const texts = ['matter.updated', 'contact.updated', 'contact.created'].map((type) =>
      notification(type, firm),
    )
    await whileRefusing(clients.sqs, stack.outputs.EventQueueUrl, async () => {
      for (const text of texts) await accept(text)
      expect(await operate('status')).toMatch(/\nPut aside +3, since /)
      expect(await keeper({ bringIn: true })).toEqual({ broughtIn: 0, givenUp: 0, left: 3 })
      expect(await deployed.record(texts[0] ?? '')).toBeUndefined()
    })
    expect(await keeper({ bringIn: true })).toEqual({ broughtIn: 3, givenUp: 0, left: 0 })
    for (const text of texts) await deployed.becomes(text, { status: 'handled', attempts: 1 })
    expect(await operate('status')).toMatch(/\nPut aside +nothing/)
  })

  /** A process of the consumer knows for five minutes who is connected. */
  async function restartConsumer(): Promise<void> {
    const FunctionName = stack.outputs.ConsumerName
    const { Environment } = await clients.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))
    const Variables = { ...Environment?.Variables, RESTARTED: 'true' }
    const update = { FunctionName, Environment: { Variables } }
    await clients.lambda.send(new UpdateFunctionConfigurationCommand(update))
  }

  /** As if the purge had begun ten minutes ago, since when all functions know of it. */
  async function ageMark(account: string): Promise<void> {
    const update = new UpdateItemCommand({
      TableName: stack.outputs.TableName,
      Key: removedAccountKey(account),
      UpdateExpression: 'SET #purged = #purged - :tenMinutes',
      ExpressionAttributeNames: { '#purged': purgedAttribute },
      ExpressionAttributeValues: { ':tenMinutes': { N: '600000' } },
    })
    await clients.dynamodb.send(update)
  }
})

/** What a command wrote as JSON, without what it said beside that. */
function jsonIn(output: string): unknown {
  return JSON.parse(output.slice(output.search(/^\{/m), output.lastIndexOf('}') + 1))
}
