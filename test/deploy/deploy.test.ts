import { randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { withMember } from '../../infra/cli/edit-notification.ts'
import { freshTicks } from '../../infra/cli/fresh-ticks.ts'
import { resourceIdPath, sample } from '../../infra/cli/sample.ts'
import { production } from '../../infra/stages.ts'
import { type DeployedStack, deployStack } from './deploy-stack.ts'
import { type Emulator, startEmulator } from './emulator.ts'
import { logLines } from './log-lines.ts'
import { type Clients, clientId, type Pipeline, pipeline } from './pipeline.ts'
import { type ProjectCopy, projectCopy } from './project-copy.ts'
import { say } from './say.ts'
import { stackStatus } from './stack-status.ts'
import { steadyDeliveries } from './steady-deliveries.ts'
import type { DeadLetter } from './take-dead-letters.ts'

const ministack = inject('ministack')
const handlers = 'functions/handlers/index.ts'
const newKey = 'the key after the rotation'
/** A receiver reads the secret again for a signature that fits no key, ten seconds after the last time; else after five minutes. */
const rereadWithin = { timeout: 25_000, interval: 1_000 }

/**
 * One stack lives from the first test to the last. What MiniStack 1.5.33 cannot show: JSON log records, and so metrics
 * and alarms; throttling by API Gateway; batches of a FIFO queue side by side; table settings of CloudFormation (time to
 * live, recovery). It ends running invocations when their code changes, which AWS does not: their messages come back.
 */
describe.skipIf(!ministack)('the deployed stack', () => {
  let emulator: Emulator
  let project: ProjectCopy
  let clients: Clients
  let stack: DeployedStack
  let deployed: Pipeline
  let signingKey: string
  let lockedTask: DeadLetter | undefined
  const nextTicks = freshTicks()

  beforeAll(async () => {
    if (!ministack) return
    emulator = await startEmulator(ministack)
    clients = {
      dynamodb: new DynamoDBClient(emulator.client),
      sqs: new SQSClient({ ...emulator.client, md5: false }),
      secrets: new SecretsManagerClient(emulator.client),
    }
    const crmKey = { Name: 'crm/api-key', SecretString: 'the key of the CRM' }
    await clients.secrets.send(new CreateSecretCommand(crmKey))
    project = await projectCopy(emulator.env)
    await project.replace(handlers, new URL('handlers-before.ts', import.meta.url))
    await project.replace('infra/handlers.ts', new URL('handler-settings.ts', import.meta.url))
    await project.cdk('bootstrap')
    stack = await deployStack(project, emulator, production)
    deployed = pipeline(stack, clients)
    signingKey = String((await deployed.readSecret()).signingKey)
  })
  afterAll(async () => {
    for (const client of Object.values(clients ?? {})) client.destroy()
    await emulator?.stop()
    await project?.remove()
  })

  /** An event of a resource of its own, unless `id` names one. */
  const notification = (type: string, id: string = randomUUID()) => {
    const text = withMember(sample(type).text, ['timestamp'], nextTicks().toString())
    return withMember(text, ['payload', ...(resourceIdPath(type) ?? [])], JSON.stringify(id))
  }
  const accept = async (...texts: string[]) => {
    for (const text of texts) expect(await deployed.deliver(text, signingKey)).toMatchObject({ status: 200 })
  }
  const answers = async (status: number, key: string) =>
    expect(await deployed.deliver(notification('contact.updated'), key)).toMatchObject({ status })

  it('answers 503 before it knows the client id, and logs the command that tells it', async () => {
    expect(signingKey).toMatch(/^.{48}$/)
    expect(stack.report).toContain(stack.outputs.CallbackUrl)
    expect(stack.report).toContain('npm run client-id -- CLIENT_ID')
    const answer = await deployed.deliver(notification('matter.updated'), signingKey)
    expect(answer).toMatchObject({ status: 503 })
    expect(await logLines(emulator)).toContain(
      `Run: npm run client-id -- CLIENT_ID --secret-id ${stack.outputs.WebhookSecretId}`,
    )
  })

  it('accepts deliveries once that command has put the client id in', async () => {
    await project.run('infra/cli/client-id.ts', clientId, '--secret-id', stack.outputs.WebhookSecretId)
    await vi.waitFor(() => answers(200, signingKey), rereadWithin)
    expect(await deployed.readSecret()).toEqual({ clientId, signingKey })
  })

  it('takes a signed delivery to its handler, which gets its secret', async () => {
    const text = notification('matter.updated')
    await accept(text)
    const handlers = { 'sync-matter': { outcome: 'handled', failures: 0 } }
    await deployed.becomes(text, { status: 'handled', handlers })
  })

  it('refuses a bad signature and a stale delivery, and keeps nothing of them', async () => {
    const text = notification('matter.updated')
    expect(await deployed.deliver(text, 'another key')).toMatchObject({ status: 401 })
    const timestamp = (nextTicks() - 864_000_000_000n).toString()
    expect(await deployed.deliver(text, signingKey, { timestamp })).toMatchObject({ status: 401 })
    await deployed.settled()
    expect(await deployed.record(text)).toBeUndefined()
    expect(await deployed.deadLetters()).toEqual([])
  })

  it('handles a duplicate once', async () => {
    const text = notification('contact.updated')
    await accept(text, text)
    await deployed.becomes(text, { status: 'handled' })
    const first = await deployed.record(text)
    await deployed.enqueue(text, {})
    await deployed.settled()
    expect(await deployed.record(text)).toEqual(first)
  })

  it('tells late events to be superseded', async () => {
    const next = () => notification('matter.updated', 'one matter')
    const [oldest, older, newest] = [next(), next(), next()]
    await accept(newest)
    await deployed.becomes(newest, { status: 'handled' })
    await accept(older, oldest)
    await deployed.becomes(older, { status: 'superseded' })
    await deployed.becomes(oldest, { status: 'superseded' })
  })

  it('takes a notification that is longer than a message', async () => {
    const note = JSON.stringify('smokeball '.repeat(150_000))
    const text = withMember(notification('contact.created'), ['payload', 'note'], note)
    await accept(text)
    await deployed.becomes(text, { status: 'handled' })
  })

  it('puts what is no notification into the dead-letter queue, with its reason', async () => {
    await accept('[]')
    const reason = 'quarantined: Not a Smokeball notification: not an object.'
    expect(await deployed.deadLetters()).toMatchObject([{ body: '[]', reason }])
  })

  it('puts what a handler gives up into the dead-letter queue, with its reason', async () => {
    const text = notification('task.updated')
    await accept(text)
    const reason = 'permanent failure of close-task: PermanentFailure: the task is locked'
    await deployed.becomes(text, { status: 'dead-lettered', reason })
    const letters = await deployed.deadLetters()
    expect(letters).toMatchObject([{ body: text, reason }])
    lockedTask = letters[0]
  })

  it('tries a failing handler again after its back-off, until its attempts are spent', async () => {
    const text = notification('matter.created')
    await accept(text)
    await deployed.becomes(text, {
      status: 'failed',
      attempts: 1,
      handlers: { 'open-folder': { failures: 1 } },
    })
    await deployed.becomes(text, { status: 'dead-lettered', attempts: 2 })
    expect(await deployed.deadLetters()).toMatchObject([
      { body: text, reason: expect.stringContaining('no folder today') },
    ])
  })

  it('takes up a new key beside the old one, and lets go of a withdrawn one', async () => {
    await deployed.writeSecret({ clientId, signingKey: newKey, previousSigningKeys: [signingKey] })
    await vi.waitFor(() => answers(200, newKey), rereadWithin)
    await answers(200, signingKey)

    await deployed.writeSecret({ clientId, signingKey: newKey })
    await vi.waitFor(async () => {
      await answers(401, 'an unknown key')
      await answers(401, signingKey)
    }, rereadWithin)
    await answers(200, newKey)
    signingKey = newKey
    await deployed.settled()
  })

  it('loses nothing while changed handlers are deployed', { timeout: 180_000 }, async () => {
    const old = notification('contact.updated')
    await accept(old)
    await deployed.becomes(old, { status: 'handled' })
    const before = { record: await deployed.record(old), identities: await deployed.identities() }

    await project.replace(handlers, new URL('handlers-after.ts', import.meta.url))
    const steady = steadyDeliveries(
      () => notification('contact.updated'),
      (text) => deployed.deliver(text, signingKey),
    )
    const redeployed = await deployStack(project, emulator, production).finally(steady.stop)
    const sent = await steady.stop()
    const accepted = sent.filter(({ status }) => status === 200)
    say(
      `${accepted.length} of ${sent.length} deliveries were accepted meanwhile; waiting until they are handled`,
    )
    expect(accepted.length).toBeGreaterThan(20)
    expect(accepted.length).toBe(sent.length)
    await deployed.settled()
    const records = await Promise.all(accepted.map((each) => deployed.record(each.notification)))
    expect(records.filter((record) => record?.status !== 'handled')).toEqual([])

    expect(redeployed).toMatchObject({
      url: stack.url,
      outputs: { ...stack.outputs, EventTypes: expect.any(String) },
    })
    expect(redeployed.report).toMatch(/Event types .*\(.*[+-] /)
    expect(redeployed.report).not.toContain('npm run client-id')
    await deployed.enqueue(old, {})
    await deployed.settled()
    expect({ record: await deployed.record(old), identities: await deployed.identities() }).toEqual(before)
  })

  it('runs the handler that was added', async () => {
    const text = notification('contact.created')
    await accept(text)
    const both = { 'audit-contacts': { outcome: 'handled' }, 'index-contacts': { outcome: 'handled' } }
    await deployed.becomes(text, { status: 'handled', handlers: both })
  })

  it('handles a dead letter that is sent back once its handler is mended', async () => {
    const { body, attributes } = lockedTask as DeadLetter
    await deployed.enqueue(body, attributes)
    await deployed.becomes(body, { status: 'handled', handlers: { 'close-task': { outcome: 'handled' } } })
  })

  it('leaves nothing of another stage but its secrets, and the first stage alone', {
    timeout: 120_000,
  }, async () => {
    const other = await deployStack(project, emulator, 'dev')
    const dev = pipeline(other, clients)
    await project.run('infra/cli/client-id.ts', clientId, '--stage', 'dev')
    const secret = await dev.readSecret()
    const text = notification('contact.updated')
    expect(await dev.deliver(text, String(secret.signingKey))).toMatchObject({ status: 200 })
    await dev.becomes(text, { status: 'handled' })
    expect(await deployed.record(text)).toBeUndefined()

    await project.run('infra/cli/cdk.ts', 'destroy', '--stage', 'dev', '--force')
    expect(await stackStatus(emulator, 'dev')).toBeUndefined()
    await expect(dev.identities()).rejects.toThrow(/not found|does not exist/)
    expect(await dev.readSecret()).toEqual(secret)
    await accept(notification('contact.updated'))
  })

  it('keeps events and keys when the stack is destroyed', { timeout: 120_000 }, async () => {
    const text = notification('contact.updated')
    await accept(text)
    await deployed.becomes(text, { status: 'handled' })
    await deployed.settled()
    const before = { record: await deployed.record(text), identities: await deployed.identities() }
    expect(await stackStatus(emulator, production)).toBe('UPDATE_COMPLETE')
    await project.run('infra/cli/cdk.ts', 'destroy', '--force')

    expect(await stackStatus(emulator, production)).toBeUndefined()
    expect((await deployed.deliver(text, signingKey)).status).toBeGreaterThanOrEqual(400)
    expect({ record: await deployed.record(text), identities: await deployed.identities() }).toEqual(before)
    expect(await deployed.readSecret()).toEqual({ clientId, signingKey: newKey })
  })
})
