import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { connectFirm } from '../../../infra/local/connect-firm.ts'
import type { Local } from '../../../infra/local/local.ts'
import { startRun } from '../../../infra/local/start-run.ts'
import type { Running } from '../../../infra/operate/running-file.ts'
import { readSettings } from '../../../infra/settings/read-settings.ts'
import { apiCredentials } from '../../../shared/smokeball-api/api-credentials.ts'
import { type Started, startCommand } from '../cli/in-process.ts'
import { accountId } from '../fake-smokeball/fake-smokeball-started.ts'

const hasCurl = spawnSync('curl', ['--version']).status === 0

let folder = ''
let start: Started
let commands: string[] = []
let fakeUrl = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smokeball-fake-'))
  // In a customised clone, infra/handlers.ts names what the handlers there need.
  const { environment, secrets } = await readSettings('local')
  const named = Object.keys({ ...environment, ...secrets }).map((name) => `${name}=any\n`)
  await writeFile(join(folder, '.env'), named.join(''))
  await writeHandlers(['matter.updated', 'error'])
  start = startCommand(
    'start',
    ['--port', '0', '--handlers', join(folder, 'handlers.ts'), '--fake-smokeball'],
    { cwd: folder, env: { LOCAL_STATE_DIR: folder } },
  )
  await vi.waitUntil(() => (start.stdout().match(/^curl /gm)?.length ?? 0) === 3, { timeout: 20_000 })
  commands = start.stdout().match(/^curl (.*\\\n)*.*$/gm) ?? []
  fakeUrl = new URL(/http:\S+/.exec(commands[0] ?? '')?.[0] ?? '').origin
})
afterAll(async () => {
  start.kill('SIGINT')
  await start.ended
  await rm(folder, { recursive: true })
})

function writeHandlers(types: string[]): Promise<void> {
  const source = `import { on } from '#webhooks'
    export default [on(${JSON.stringify(types)}, { name: 'show', order: 'every' }, (event, { log }) =>
      log.info(['saw', event.payload.title ?? event.payload.message, event.cause?.reference].filter(Boolean).join(' ')))]`
  return writeFile(join(folder, 'handlers.ts'), source)
}

async function running(): Promise<Running> {
  return JSON.parse(await readFile(join(folder, 'running.json'), 'utf8')) as Running
}

async function subscriptionsAtFake() {
  const header = (name: string) => new RegExp(`-H "${name}: ([^"]+)"`).exec(commands[0] ?? '')?.[1] ?? ''
  const headers = { authorization: header('Authorization'), 'x-api-key': header('x-api-key') }
  const response = await fetch(`${fakeUrl}/webhooks`, { headers })
  return ((await response.json()) as { value: Record<string, unknown>[] }).value
}

/** Runs a printed command as it stands, and returns what `npm start` shows from then on. */
async function paste(command = ''): Promise<() => string> {
  // The fake Smokeball takes five calls a second, as Smokeball does.
  await new Promise((resolve) => setTimeout(resolve, 300))
  const before = start.stdout().length
  const { stdout } = await promisify(execFile)('sh', ['-c', command])
  expect(JSON.parse(stdout)).toMatchObject({ relation: 'matter' })
  return () => start.stdout().slice(before)
}

it('has the keeper connect the firm', async () => {
  expect(start.stdout()).toMatch(new RegExp(`subscription {2}created +${accountId}`))
  expect(start.stdout()).not.toContain('(once ')
  const value = await subscriptionsAtFake()
  const { url: eventNotificationUrl } = await running()
  expect(value).toMatchObject([{ name: 'npm start', eventNotificationUrl }])
  expect(value[0]?.eventTypes).toEqual(expect.arrayContaining(['matter.updated', 'error']))
})

it.skipIf(!hasCurl)("prints a command by which somebody's write comes as an event", async () => {
  const shown = await paste(commands[0])
  await expect.poll(shown, { timeout: 10_000 }).toMatch(/event +handled +matter\.updated/)
  expect(shown()).toContain('saw Written by somebody')
})

it.skipIf(!hasCurl)('prints a command whose echo is skipped as own, each time', async () => {
  for (const _time of ['first', 'second']) {
    const shown = await paste(commands[1])
    await expect.poll(shown, { timeout: 10_000 }).toMatch(/event +own +matter\.updated/)
    expect(shown()).not.toContain('saw ')
  }
})

it.skipIf(!hasCurl)('prints a command whose failure is told, and finds its cause, each time', async () => {
  for (const _time of ['first', 'second']) {
    const shown = await paste(commands[2])
    await expect.poll(shown, { timeout: 10_000 }).toMatch(/event +handled +error/)
    expect(shown()).toContain('saw The matter is locked. the curl command above')
  }
})

it('tells the command line where all of it is, and its owner alone', async () => {
  const { aws, outputs, clientId, url } = await running()
  expect((await stat(join(folder, 'running.json'))).mode & 0o777).toBe(0o600)
  expect(Object.keys(outputs).sort()).toEqual([
    ...['ApiSecretId', 'CallbackUrl', 'ConsumerName', 'DeadLetterQueueUrl', 'DelayQueueUrl'],
    ...['EventQueueUrl', 'EventTypes', 'KeeperName', 'ReceiverName', 'TableName', 'WebhookSecretId'],
  ])
  expect([outputs.CallbackUrl, outputs.EventTypes]).toEqual([url, 'error matter.updated'])
  const at = (name: keyof typeof aws.endpoints) => ({ ...aws, endpoint: aws.endpoints[name] })
  const secrets = new SecretsManagerClient(at('secretsManager'))
  const secret = (await secrets.send(new GetSecretValueCommand({ SecretId: outputs.ApiSecretId })))
    .SecretString
  expect(apiCredentials(secret)).toMatchObject({
    clientId,
    apiUrl: fakeUrl,
    authUrl: fakeUrl,
    actsFor: 'one',
  })
  expect(JSON.parse(secret ?? '').tokenKey).toMatch(/^[0-9a-f]{64}$/)
  const lambda = new LambdaClient(at('lambda'))
  const list = new ListEventSourceMappingsCommand({ FunctionName: outputs.ConsumerName })
  expect((await lambda.send(list)).EventSourceMappings).toHaveLength(2)
  const sqs = new SQSClient(at('sqs'))
  const ask = new GetQueueAttributesCommand({ QueueUrl: outputs.EventQueueUrl, AttributeNames: ['QueueArn'] })
  expect((await sqs.send(ask)).Attributes?.QueueArn).toMatch(/smokeball-events\.fifo$/)
  for (const client of [secrets, lambda, sqs]) client.destroy()
})

it('tells what the handlers subscribe to after a reload', async () => {
  await writeHandlers(['task.*', 'matter.updated'])
  await expect.poll(start.stdout, { timeout: 10_000 }).toContain('Reloaded the handlers: show')
  await expect.poll(async () => (await running()).outputs.EventTypes).toBe('matter.updated task.*')
  expect((await stat(join(folder, 'running.json'))).mode & 0o777).toBe(0o600)
})

it('subscribes the firm to what the handlers want after a reload, and says so', async () => {
  await expect
    .poll(start.stdout, { timeout: 10_000 })
    .toMatch(new RegExp(`subscription {2}updated +${accountId}`))
  const [{ eventTypes } = { eventTypes: [] }, ...others] = await subscriptionsAtFake()
  expect(eventTypes).toEqual(expect.arrayContaining(['matter.updated', 'task.created', 'task.updated']))
  expect([eventTypes, others]).toEqual([expect.not.arrayContaining(['error']), []])
})

it('loses a delivery on purpose, which catch-up finds, and finds once', async () => {
  const here = { env: { LOCAL_STATE_DIR: folder } }
  const said = (command: 'send' | 'webhooks', args: string[]) => startCommand(command, args, here).ended
  const before = start.stdout().length
  const lost = await said('send', ['matter.updated', '--lost'])
  expect([lost.code, lost.stdout]).toEqual([
    0,
    expect.stringMatching(/^Changed the matter .* delivered nothing/),
  ])
  const walk = ['catch-up', '--local', '--kinds', 'matter']
  await expect
    .poll(async () => (await said('webhooks', walk)).stdout, { timeout: 20_000 })
    .toMatch(/1 handed over/)
  await expect
    .poll(() => start.stdout().slice(before), { timeout: 10_000 })
    .toMatch(/event +handled +matter\.updated/)
  expect((await said('webhooks', walk)).stdout).toMatch(/^Nothing was found that was missed/)
})

it('stops the fake Smokeball with the rest', async () => {
  start.kill('SIGINT')
  const { code, stderr } = await start.ended
  expect([code, stderr]).toEqual([0, ''])
  await expect(fetch(`${fakeUrl}/webhooks`)).rejects.toThrow()
})

it('begins with --data where it ended: the fake’s address, credentials and firm, and the keys', async () => {
  const options = { handlers: [], data: join(folder, 'data') }
  const first = await startRun(options, true)
  const firm = await connectFirm(first.local, first.fake ?? expect.fail('no fake'))
  const was = [first.fake?.url, first.fake?.credentials, first.local.signingKey, first.local.clientId]
  const secret = await apiSecretOf(first.local)
  await first.stop()

  const second = await startRun(options, true)
  try {
    expect([
      second.fake?.url,
      second.fake?.credentials,
      second.local.signingKey,
      second.local.clientId,
    ]).toEqual(was)
    // Refresh tokens in the table are sealed with a key of it.
    expect(await apiSecretOf(second.local)).toEqual(secret)
    // What was pasted before goes on.
    const [, token = ''] = /Bearer ([\w-]+)/.exec(firm[0]?.command ?? '') ?? []
    const headers = {
      ...{ authorization: `Bearer ${token}`, 'x-api-key': String(second.fake?.credentials.apiKey) },
      connection: 'close',
    }
    expect((await fetch(`${second.fake?.url}/matters`, { headers })).status).toBe(200)
  } finally {
    await second.stop()
  }
})

async function apiSecretOf({ secretsManager, outputs }: Local): Promise<unknown> {
  const client = new SecretsManagerClient(secretsManager)
  const { SecretString = '' } = await client.send(
    new GetSecretValueCommand({ SecretId: outputs.ApiSecretId }),
  )
  client.destroy()
  return JSON.parse(SecretString)
}
