import { randomUUID } from 'node:crypto'
import { InvokeCommand } from '@aws-sdk/client-lambda'
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import type { FakeSmokeball } from '../../infra/fake-smokeball/fake-smokeball.ts'
import { startFakeSmokeball } from '../../infra/fake-smokeball/start-fake-smokeball.ts'
import { production } from '../../infra/settings/stages.ts'
import { freshTicks, withMember } from '../../infra/smokeball/sample.ts'
import { readEnvelope } from '../../shared/event/envelope.ts'
import { isTagged } from '../../shared/signing/request-id.ts'
import { contactId, accountId as firm, matterId } from '../infra/fake-smokeball/fake-smokeball-started.ts'
import { connect, secretLines } from './connect.ts'
import { type DeployedStack, deployStack } from './deploy-stack.ts'
import { type Emulator, startEmulator } from './emulator.ts'
import { logLines } from './log-lines.ts'
import { notificationAt } from './notification.ts'
import { type Clients, clientId, clientsOf, makeCrmKey, type Pipeline, pipeline } from './pipeline.ts'
import { type ProjectCopy, projectCopy } from './project-copy.ts'
import { say } from './say.ts'
import { stackStatus } from './stack-status.ts'
import { steadyDeliveries } from './steady-deliveries.ts'
import type { DeadLetter } from './take-dead-letters.ts'

const ministack = inject('ministack')
const handlers = 'functions/handlers/index.ts'
const newKey = 'the key after the rotation'
const accepted = { status: 200 }
/** A receiver reads the secret again for a signature that fits no key, ten seconds after the last time; else after five minutes. */
const rereadWithin = { timeout: 25_000, interval: 1_000 }

/**
 * One stack lives from the first test to the last. What MiniStack 1.5.33 cannot show: JSON log records, and so metrics
 * and alarms; `dynamodb:LeadingKeys`, which it does not know (`partition-keys.proof.ts` holds real calls to them instead); throttling by API Gateway; batches of a FIFO queue side by side; table settings of CloudFormation (time to
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
  let givenUp: string
  let smokeball: FakeSmokeball
  const nextTicks = freshTicks()

  beforeAll(async () => {
    if (!ministack) return
    emulator = await startEmulator(ministack)
    clients = clientsOf(emulator)
    await makeCrmKey(clients)
    project = await projectCopy(emulator.env)
    await project.replace(handlers, new URL('handlers-before.ts', import.meta.url))
    await project.replace('infra/handlers.ts', new URL('handler-settings.ts', import.meta.url))
    await project.cdk('bootstrap')
    stack = await deployStack(project, emulator, production)
    deployed = pipeline(stack, clients)
    signingKey = String((await deployed.readSecret()).signingKey)
    smokeball = await startFakeSmokeball({ clientId })
  })
  afterAll(async () => {
    for (const client of Object.values(clients ?? {})) client.destroy()
    await smokeball?.stop()
    await emulator?.stop()
    await project?.remove()
  })

  const notification = (type: string, id?: string) => notificationAt(nextTicks(), type, id)
  const accept = async (...texts: string[]) => {
    for (const text of texts) expect(await deployed.deliver(text, signingKey)).toMatchObject({ status: 200 })
  }
  const requestIdKey = async () => {
    const { ApiSecretId } = stack.outputs
    const { SecretString = '' } = await clients.secrets.send(
      new GetSecretValueCommand({ SecretId: ApiSecretId }),
    )
    return String((JSON.parse(SecretString) as { requestIdKey: string }).requestIdKey)
  }
  const invokeKeeper = async (payload: object): Promise<unknown> => {
    const invoke = new InvokeCommand({
      FunctionName: stack.outputs.KeeperName,
      Payload: JSON.stringify(payload),
    })
    const { Payload, FunctionError } = await clients.lambda.send(invoke)
    const text = Payload?.transformToString() ?? ''
    if (FunctionError) throw new Error(text)
    return JSON.parse(text)
  }
  const operate = (...args: string[]) => project.run('infra/cli/main.ts', ...args, '--stage', production)
  const answers = async (status: number, key: string) =>
    expect(await deployed.deliver(notification('contact.updated'), key)).toMatchObject({ status })

  it('answers 503 before it knows the client id, and logs the command that tells it', async () => {
    expect(signingKey).toMatch(/^.{48}$/)
    expect(stack.report).toContain(stack.outputs.CallbackUrl)
    expect(stack.report).toContain('npx smokeball-webhooks connect')
    expect(stack.report).toContain('events of connected accounts alone are taken, from now on')
    const answer = await deployed.deliver(notification('matter.updated'), signingKey)
    expect(answer).toMatchObject({ status: 503 })
    expect(await logLines(emulator)).toContain('Run: npx smokeball-webhooks connect')
  })

  it('goes with that command from an empty account to a handled noop', { timeout: 120_000 }, async () => {
    const report = await project.feed(
      secretLines(smokeball),
      ...connect(smokeball, '--stage', production, '--url', stack.url),
    )
    expect(report).toMatch(/Subscription:\n\S+: subscription \S+ was created/)
    expect(report).toMatch(/✓ noop, account \S+ it was sent, verified and taken up within \d+ ms/)
    expect(report).not.toContain('✗')
    const told = [...Object.values(smokeball.credentials).filter((each) => each !== clientId), signingKey]
    for (const secret of told) expect(report).not.toContain(secret)
    expect(await deployed.readSecret()).toEqual({ clientId, signingKey })
    expect(smokeball.subscriptions).toMatchObject([
      { key: signingKey, eventNotificationUrl: stack.url, name: 'SmokeballWebhooks' },
    ])
    await vi.waitFor(() => answers(200, signingKey), rereadWithin)
  })

  it('connects by that command once, and finds all right the next time', { timeout: 60_000 }, async () => {
    const report = await project.run(...connect(smokeball, '--stage', production, '--url', stack.url))
    expect(report).toContain('Secrets: there already')
    expect(report).toContain(' is right')
    expect(smokeball.subscriptions).toHaveLength(1)
  })

  it("handles what happens in Smokeball, and skips the echo of a handler's own write", async () => {
    const before = smokeball.deliveries.length
    smokeball.edit({ accountId: firm, collection: 'contacts', id: contactId }, { note: 'by a user' })
    await vi.waitFor(() => expect(smokeball.deliveries.slice(before)).toMatchObject([accepted, accepted]), {
      timeout: 20_000,
    })
    const [edited, echo] = smokeball.deliveries.slice(before)
    expect([edited?.requestId, isTagged(String(echo?.requestId), [await requestIdKey()])]).toEqual(['', true])
    await deployed.settled()
    await smokeball.settled()
    expect(smokeball.deliveries.slice(before)).toHaveLength(2)
  })

  it('has a keeper that looks after the firm when it is invoked, and records writes', async () => {
    smokeball.loseSubscriptions(firm)
    expect(await invokeKeeper({ accountId: firm })).toMatchObject({ accountId: firm, outcome: 'repaired' })
    expect(await invokeKeeper({})).toMatchObject({ accounts: [{ accountId: firm, outcome: 'unchanged' }] })
    expect(smokeball.subscriptions).toMatchObject([{ eventNotificationUrl: stack.url, key: signingKey }])
    const write = { accountId: firm, method: 'PATCH', path: '/matters/1' }
    const { requestId } = (await invokeKeeper({ recordWrite: write })) as { requestId: string }
    expect(isTagged(requestId, [await requestIdKey()])).toBe(true)
  })

  it('gets a new key without a delivery refused', { timeout: 120_000 }, async () => {
    const before = smokeball.deliveries.length
    const edits = setInterval(
      () =>
        smokeball.edit({ accountId: firm, collection: 'matters', id: matterId }, { at: String(Date.now()) }),
      200,
    )
    const rotated = await project
      .run('infra/cli/main.ts', 'rotate-key', '--stage', production, '--json')
      .finally(() => clearInterval(edits))
    await smokeball.settled()
    expect(rotated).toContain('"oldKeyUntil"')
    const { signingKey: current, previousSigningKeys } = await deployed.readSecret()
    expect(previousSigningKeys).toEqual([{ key: signingKey, until: expect.any(String) }])
    expect(smokeball.subscriptions).toMatchObject([{ key: current }])
    const sent = smokeball.deliveries.slice(before)
    expect(sent.length).toBeGreaterThan(50)
    expect(sent.filter(({ status }) => status !== 200)).toEqual([])
    signingKey = String(current)
    await deployed.settled()
  })

  it('takes a signed delivery to its handler, which gets its secret', async () => {
    const text = notification('matter.updated')
    await accept(text)
    const handlers = { 'sync-matter': { outcome: 'handled', failures: 0 } }
    await deployed.becomes(text, { status: 'handled', handlers })
  })

  it('gives up what is of no connected account, and takes it once that is connected', async () => {
    const accountId = randomUUID()
    const text = withMember(notification('matter.updated'), ['accountId'], JSON.stringify(accountId))
    await accept(text)
    await deployed.becomes(text, { status: 'dead-lettered' })
    expect(await operate('dlq', 'list')).toContain(' unconnected-account ')
    await operate('accounts', 'add', accountId)
    expect(await operate('dlq', 'redrive', '--account', accountId)).toContain('Sent back 1 dead letter.')
    await deployed.becomes(text, { status: 'handled' })
    await operate('accounts', 'remove', accountId, '--keep-subscription')
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
    const reason = 'Not a Smokeball notification: not an object.'
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

  it('tells an operator what lies in the dead-letter queue, and why', async () => {
    givenUp = notification('task.updated')
    await accept(givenUp)
    await deployed.becomes(givenUp, { status: 'dead-lettered' })
    const listed = await operate('dlq', 'list')
    expect(listed).toMatch(/ permanent-failure +task\.updated .* permanent failure of close-task/)
    const reference = /[0-9a-z]{8}-[0-9a-f]{8}/.exec(listed)?.[0] ?? ''
    expect(await operate('events', 'show', reference)).toContain('PermanentFailure: the task is locked')
    expect(await operate('status')).toMatch(/\nDead letters +about 1/)
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
    expect(redeployed.report).not.toContain('npx smokeball-webhooks connect')
    expect(redeployed.report).toMatch(/events of connected accounts alone are taken\n/)
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

  it('takes what an operator sends back, once its handler is mended', async () => {
    expect(await operate('dlq', 'redrive', '--all')).toContain('Sent back')
    const handlers = { 'close-task': { outcome: 'handled' } }
    await deployed.becomes(givenUp, { status: 'handled', attempts: 2, handlers })
    expect(await deployed.deadLetters()).toEqual([])
  })

  it('handles a stored event again for a handler that was added, and only for that', async () => {
    const text = notification('contact.updated')
    await accept(text)
    await deployed.becomes(text, { status: 'handled', attempts: 1 })
    const { eventId } = readEnvelope(text)
    expect(await operate('replay', eventId, '--handler', 'index-contacts', '--dry-run')).toContain(
      'Of 1, 1 would be sent.',
    )
    expect(await operate('replay', eventId, '--handler', 'index-contacts')).toMatch(/Replay \S+: 1 sent\./)
    await deployed.becomes(text, { status: 'handled', attempts: 2 })
    expect(await operate('events', 'show', eventId)).toMatch(/\nReplayed +.*, handled \(/)
  })

  it('leaves nothing of another stage but its secrets, and the first stage alone', {
    timeout: 120_000,
  }, async () => {
    const other = await deployStack(project, emulator, 'dev')
    const dev = pipeline(other, clients)
    const { apiKey } = smokeball.credentials
    const put = ['secret', 'set', 'client-id', '--stage', 'dev']
    expect(await project.feed(clientId, 'infra/cli/main.ts', ...put)).not.toContain(apiKey)
    const add = ['accounts', 'add', firm, '--stage', 'dev']
    expect(other.report).toContain('events of connected accounts alone are taken, from now on')
    expect(await project.run('infra/cli/main.ts', ...add)).toContain('Connected')
    const secret = await dev.readSecret()
    const text = notification('contact.updated')
    expect(await dev.deliver(text, String(secret.signingKey))).toMatchObject({ status: 200 })
    await dev.becomes(text, { status: 'handled' })
    expect(await deployed.record(text)).toBeUndefined()

    await project.run('infra/cli/main.ts', 'destroy', '--stage', 'dev', '--yes')
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
    await project.run('infra/cli/main.ts', 'destroy', '--stage', production, '--yes')

    expect(await stackStatus(emulator, production)).toBeUndefined()
    expect((await deployed.deliver(text, signingKey)).status).toBeGreaterThanOrEqual(400)
    expect({ record: await deployed.record(text), identities: await deployed.identities() }).toEqual(before)
    expect(await deployed.readSecret()).toEqual({ clientId, signingKey: newKey })
  })
})
