import { writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { answerTo } from '../../functions/receiver/http-delivery.ts'
import type { FakeSmokeball } from '../../infra/fake-smokeball/fake-smokeball.ts'
import { startFakeSmokeball } from '../../infra/fake-smokeball/start-fake-smokeball.ts'
import { production, stackName } from '../../infra/settings/stages.ts'
import { route } from '../../infra/settings/topology.ts'
import { receiverHeader, receiverId } from '../../shared/runtime/receiver-id.ts'
import { accountId as firm } from '../infra/fake-smokeball/fake-smokeball-started.ts'
import { connect, secretLines } from './connect.ts'
import { type DeployedStack, deployStack } from './deploy-stack.ts'
import { type Emulator, startEmulator } from './emulator.ts'
import { clientId } from './pipeline.ts'
import { type ProjectCopy, projectCopy } from './project-copy.ts'

const ministack = inject('ministack')
const certificateArn = 'arn:aws:acm:us-east-1:000000000000:certificate/1a2b3c4d-0000-4000-8000-000000000000'
const hooks = { name: 'hooks.firm.example', certificateArn }
const renamed = { name: 'webhooks.firm.example', certificateArn }
const urlAt = (host: string) => `https://${host}${route.path}`

const handlers = `import { on } from '#webhooks'

export default [on('matter.updated', { name: 'see' }, () => {})]
`

/**
 * A stack gets a domain, another one, and none. What MiniStack cannot show: DNS and certificates, so that no domain is answered
 * by its name, and none has its subscriptions moved by the keeper itself.
 */
describe.skipIf(!ministack)('a domain of the callback URL', () => {
  let emulator: Emulator
  let project: ProjectCopy
  let smokeball: FakeSmokeball
  let cloudformation: CloudFormationClient
  let stack: DeployedStack

  beforeAll(async () => {
    if (!ministack) return
    emulator = await startEmulator(ministack)
    cloudformation = new CloudFormationClient(emulator.client)
    smokeball = await startFakeSmokeball({ clientId })
    project = await projectCopy(emulator.env)
    await write('functions/handlers/index.ts', handlers)
    await project.cdk('bootstrap')
  })
  afterAll(async () => {
    cloudformation?.destroy()
    await smokeball?.stop()
    await emulator?.stop()
    await project?.remove()
  })

  const write = (path: string, source: string) => writeFile(join(project.folder, path), source)
  const deploy = async (settings: object) => {
    await write('infra/handlers.ts', `export default ${JSON.stringify({ stack: settings })}\n`)
    stack = await deployStack(project, emulator, production)
    return stack.report
  }
  const operate = (...args: string[]) => project.run('infra/cli/main.ts', ...args, '--stage', production)
  const outputs = () => stack.outputs as Record<string, string>
  const urls = () => smokeball.subscriptions.map(({ eventNotificationUrl }) => eventNotificationUrl)
  /** Physical ids by types. */
  const resources = async (type: string) => {
    const command = new DescribeStackResourcesCommand({ StackName: stackName(production) })
    const { StackResources = [] } = await cloudformation.send(command)
    return StackResources.filter(({ ResourceType }) => ResourceType === type).map(
      ({ PhysicalResourceId }) => PhysicalResourceId,
    )
  }
  /** What a delivery without a signature is answered by MiniStack, under the name of a domain. */
  const answerAt = (host: string) =>
    new Promise<object>((resolve, reject) => {
      const to = new URL(route.path, String(emulator.client.endpoint))
      const options = { method: 'POST', headers: { host }, servername: 'localhost' }
      request(to, options, async (response) =>
        resolve({ receiver: response.headers[receiverHeader], body: await text(response) }),
      )
        .on('error', reject)
        .end('{}')
    })
  const ofReceiver = () => {
    const receiver = receiverId(outputs().EventQueueUrl ?? '')
    return { receiver, body: answerTo('refused', { receiverId: receiver }).body }
  }

  it('leads to the receiver, and the deployment tells which DNS record to set', {
    timeout: 180_000,
  }, async () => {
    const report = await deploy({ domain: hooks })
    expect(outputs().CallbackUrl).toBe(urlAt(hooks.name))
    const [apiUrl = '', ...others] = (outputs().OwnUrls ?? '').split(' ')
    expect([new URL(apiUrl).pathname, others]).toEqual([route.path, [urlAt(hooks.name)]])
    const [, target] = (outputs().DomainTargets ?? '').split('=')
    expect(target).toMatch(/^d-\w+\.execute-api\./)
    expect(report).toContain(`${hooks.name} CNAME ${target}`)
    expect(await answerAt(hooks.name)).toEqual(ofReceiver())
    expect(await answerAt('other.firm.example')).not.toEqual(ofReceiver())
  })

  it('that nobody has set the record of leaves a new firm at the URL of API Gateway', async () => {
    const [apiUrl] = (outputs().OwnUrls ?? '').split(' ')
    const command = connect(smokeball, '--stage', production)
    // The check at its end fails, since nothing answers at the domain.
    await expect(project.feed(secretLines(smokeball), ...command)).rejects.toThrow(
      new RegExp(
        `${firm}: ${urlAt(hooks.name)} is not answered \\(no-address: [\\s\\S]*DNS record of ${hooks.name}`,
      ),
    )
    expect(urls()).toEqual([apiUrl])
    expect(await answerAt(hooks.name)).toEqual(ofReceiver())
  })

  it('is not ended while there are subscriptions of it', { timeout: 120_000 }, async () => {
    await operate('subscriptions', 'ensure', '--url', urlAt(hooks.name))
    expect(urls()).toEqual([urlAt(hooks.name)])
    await expect(deploy({ domain: renamed })).rejects.toThrow(
      /hooks\.firm\.example would stop to answer, and the subscriptions of 1 account/,
    )
    expect(await answerAt(hooks.name)).toEqual(ofReceiver())
  })

  it('gets another name, whose record the stack sets, and the former one answers', {
    timeout: 180_000,
  }, async () => {
    const [before] = await resources('AWS::ApiGatewayV2::DomainName')
    const id = await zone('firm.example')
    const report = await deploy({
      domain: { ...renamed, hostedZone: { id, name: 'firm.example' } },
      previousDomains: [hooks],
    })
    expect(outputs().CallbackUrl).toBe(urlAt(renamed.name))
    expect(report).toContain('Next: the subscriptions get the new URL.')
    expect(report).not.toContain(`${renamed.name} CNAME`)
    expect(await resources('AWS::ApiGatewayV2::DomainName')).toEqual(
      expect.arrayContaining([before, renamed.name]),
    )
    expect(await resources('AWS::Route53::RecordSet')).toHaveLength(1)
    for (const { name } of [hooks, renamed]) expect(await answerAt(name)).toEqual(ofReceiver())
  })

  it('ends without a gap: the subscription goes back first', { timeout: 240_000 }, async () => {
    await deploy({ previousDomains: [hooks] })
    const [apiUrl] = (outputs().OwnUrls ?? '').split(' ')
    expect([outputs().CallbackUrl, await answerAt(hooks.name)]).toEqual([apiUrl, ofReceiver()])
    expect(urls()).toEqual([urlAt(hooks.name)])
    await operate('subscriptions', 'ensure')
    expect(urls()).toEqual([apiUrl])
    await deploy({})
    expect(await resources('AWS::ApiGatewayV2::DomainName')).toEqual([])
    expect(outputs()).not.toHaveProperty('OwnUrls')
    expect(await operate('subscriptions', 'ensure')).toContain('is right')
  })

  async function zone(name: string): Promise<string> {
    const StackName = 'Dns'
    const template = {
      Resources: { Zone: { Type: 'AWS::Route53::HostedZone', Properties: { Name: name } } },
      Outputs: { ZoneId: { Value: { Ref: 'Zone' } } },
    }
    await cloudformation.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template) }))
    await waitUntilStackCreateComplete(
      { client: cloudformation, minDelay: 1, maxWaitTime: 30 },
      { StackName },
    )
    const { Stacks = [] } = await cloudformation.send(new DescribeStacksCommand({ StackName }))
    return Stacks[0]?.Outputs?.[0]?.OutputValue ?? ''
  }
})
