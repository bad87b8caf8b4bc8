import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { beforeAll, describe, expect, it, type TestContext, vi } from 'vitest'
import { close, listen } from '../../../infra/http/listen.ts'
import { region, tableName } from '../../../infra/operate/local-account.ts'
import { readEnvelope } from '../../../shared/event/envelope.ts'
import { accountKey, writeCheck, writeSubscription } from '../../../shared/smokeball-api/account.ts'
import { eventRecord } from '../../shared/ledger/event-table.ts'
import { type EventsWorld, eventsWorld } from './events-world.ts'
import { harmIn, hostile } from './hostile-texts.ts'
import { startCommand } from './in-process.ts'
import { startServer } from './start-server.ts'

/** A terminal has colours: they tell what is ours from what is not. */
const onScreen = { FORCE_COLOR: '1' }
const stops: (() => unknown)[] = []

/** Answers as Smokeball would, if all of its texts were somebody's. `refuses`: it answers each call of webhooks with an error. */
async function hostileSmokeball(): Promise<{ url: string; refuses: boolean }> {
  const smokeball = { url: '', refuses: false }
  const subscription = {
    ...{ id: hostile, accountId: 'firm-1', name: hostile, eventTypes: [hostile, 'contact.updated'] },
    ...{ eventNotificationUrl: `https://x.example/${hostile}`, createdDate: hostile },
  }
  const problem = { title: hostile, detail: hostile, errors: [{ field: hostile, message: hostile }] }
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://127.0.0.1')
    const send = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body))
    if (pathname.endsWith('/token')) return send(200, { access_token: 'token', expires_in: 3600 })
    if (smokeball.refuses) return send(422, problem)
    if (pathname.endsWith('/types')) return send(200, { value: [hostile, 'contact.updated'] })
    return send(200, { value: [subscription], ...subscription, size: 1 })
  })
  smokeball.url = await listen(server)
  stops.push(() => close(server))
  return smokeball
}

let world: EventsWorld
let smokeball: Awaited<ReturnType<typeof hostileSmokeball>>
let eventIds: string[]

beforeAll(async () => {
  const context = { onTestFinished: (stop: () => unknown) => void stops.push(stop) } as unknown as TestContext
  const text = `{"type":${JSON.stringify(`contact.${hostile}`)},"accountId":${JSON.stringify(hostile)},"timestamp":639170696424691361,"payload":{"id":${JSON.stringify(hostile)},${JSON.stringify(hostile)}:[${JSON.stringify(hostile)}]}}`
  const { resourceKey, ticks, type } = readEnvelope(text)
  const handler = { failures: 1, waits: 0, error: `Error: ${hostile}\n    at ${hostile}` }
  const delivery = {
    ...eventRecord({ receivedEpochMs: Date.now() }).delivery,
    ...{ requestId: hostile, subscriptionId: hostile, source: hostile, userId: hostile },
  }
  const events = (['dead-lettered', 'failed', 'handled'] as const).map((status) =>
    eventRecord({
      ...{ resourceKey, ticks, type, status, text, delivery, reason: hostile },
      handlers: {
        [hostile]: { outcome: 'gave-up', ...handler },
        mail: { outcome: 'failed', ...handler, notBeforeEpochMs: Date.now() + 60_000 },
      },
    }),
  )
  eventIds = events.map(({ eventId }) => eventId)
  world = await eventsWorld(context, events)
  smokeball = await hostileSmokeball()
  await world.setSecret('api', {
    ...(await world.apiSecret()),
    apiUrl: smokeball.url,
    authUrl: smokeball.url,
  })
  await writeAccount()
  await writeLetter(text)
  return async () => {
    for (const stop of stops.reverse()) await stop()
  }
}, 60_000)

async function writeAccount(): Promise<void> {
  const client = new DynamoDBClient({
    region,
    credentials: world.credentials,
    endpoint: world.env.AWS_ENDPOINT_URL_DYNAMODB ?? '',
  })
  const check = writeCheck({ outcome: 'failed', atEpochMs: 0, problem: hostile })
  const subscription = writeSubscription({
    id: hostile,
    url: 'https://x.example/smokeball',
    eventTypes: [hostile],
    keyFingerprint: hostile,
  })
  await client.send(
    new PutItemCommand({
      TableName: tableName,
      Item: { ...accountKey('firm-1'), added: { N: '0' }, check, subscription },
    }),
  )
  client.destroy()
}

/** SQS takes no control characters in an attribute; an emulator, or a day to come, may. */
async function writeLetter(body: string): Promise<void> {
  const client = new SQSClient({
    region,
    credentials: world.credentials,
    endpoint: world.env.AWS_ENDPOINT_URL_SQS ?? '',
  })
  await client.send(
    new SendMessageCommand({
      ...{
        QueueUrl: world.outputs.DeadLetterQueueUrl,
        MessageBody: body,
        MessageGroupId: 'g',
        MessageDeduplicationId: 'd',
      },
      MessageAttributes: {
        reason: {
          DataType: 'String',
          StringValue: `permanent failure of ${hostile.replace(/\p{Cc}/gu, '')}`,
        },
        requestId: { DataType: 'String', StringValue: 'r' },
      },
    }),
  )
  client.destroy()
}

async function screenOf(args: readonly string[], env: Record<string, string> = {}) {
  const ended = await world.run(args, { columns: 160, env: { ...onScreen, ...env } })
  return { ...ended, screen: ended.stdout + ended.stderr }
}

describe.each([[[]], [['--json']]])('no foreign text is more than text, with %j', (json) => {
  it.each([
    ...['events list', 'events show EVENT', 'events resource HOSTILE contact HOSTILE', 'dlq list'],
    ...['dlq show HOSTILE', 'replay --since 1h --dry-run', 'status', 'accounts list', 'subscriptions list'],
    ...['types', 'subscriptions ensure', 'doctor --timeout 1', 'subscriptions update HOSTILE'],
    ...['subscriptions delete HOSTILE --yes', 'subscriptions delete x', 'HOSTILE', 'events list --HOSTILE'],
    ...['events list --account HOSTILE --limit 1', 'events list --limit HOSTILE', 'connect --url HOSTILE'],
    ...['connect --account firm>victim.txt', 'replay --since HOSTILE', 'accounts add HOSTILE'],
    ...[
      'status --profile HOSTILE',
      'subscriptions create --another --name HOSTILE',
      'rotate-key --timeout HOSTILE',
    ],
  ])('%s', { timeout: 30_000 }, async (words) => {
    const args = words
      .split(' ')
      .map((word) => word.replace('HOSTILE', hostile).replace('EVENT', eventIds[0] ?? ''))
    const { screen, stdout } = await screenOf([...args, ...json])
    expect(screen.length).toBeGreaterThan(10)
    expect(harmIn(screen)).toEqual([])
    if (json.length > 0 && stdout !== '') JSON.parse(stdout)
  })

  it('a letter and an answer that is an error', async () => {
    const listed = JSON.parse((await world.run(['dlq', 'list', '--json'])).stdout)
    const [{ id }] = listed.letters
    const shown = await screenOf(['dlq', 'show', id, ...json])
    expect(shown.stdout).toContain('cod.exe')
    smokeball.refuses = true
    const refused = await screenOf(['subscriptions', 'list', ...json])
    smokeball.refuses = false
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('was answered 422: evil') })
    expect([...harmIn(shown.screen), ...harmIn(refused.screen)]).toEqual([])
  })

  it('an answer of AWS that is an error', async () => {
    const body = JSON.stringify({ __type: 'com.amazonaws#ValidationException', message: hostile })
    const aws = await startServer(() => ({ status: 400, body }))
    stops.push(aws.stop)
    const env = { AWS_ENDPOINT_URL_DYNAMODB: aws.url }
    for (const args of [
      ['events', 'list'],
      ['accounts', 'list'],
    ]) {
      const { screen, stderr, code } = await screenOf([...args, ...json], env)
      expect([code, stderr.includes('cod.exe'), harmIn(screen)]).toEqual([1, true, []])
    }
  })
})

it('an event that is followed as it comes', async () => {
  const started = startCommand('webhooks', ['events', 'tail', '--since', '1h'], {
    columns: 160,
    env: { ...world.env, ...onScreen },
  })
  await vi.waitUntil(() => started.stdout().includes('evil'), { timeout: 15_000 })
  started.kill('SIGINT')
  await started.ended
  expect(harmIn(started.screen())).toEqual([])
})

it('what handlers write, log and throw when an event is pulled', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'smokeball-hostile-'))
  context.onTestFinished(() => rm(folder, { recursive: true }))
  const handlers = join(folder, 'handlers.ts')
  await writeFile(
    handlers,
    `import { on } from '#webhooks'
    const hostile = ${JSON.stringify(hostile)}
    export default [on('*', { name: 'all' }, (event, { log }) => {
      process.stdout.write('out ' + hostile + '\\n')
      process.stderr.write('err ' + hostile + '\\n')
      console.log('logged ' + hostile)
      console.log({ [hostile]: hostile })
      log.warn('warned ' + hostile, { [hostile]: hostile })
      throw new Error(hostile + '\\n  twice ' + hostile)
    })]`,
  )
  const { screen, code } = await screenOf(['events', 'pull', eventIds[0] ?? '', '--handlers', handlers])
  expect(code).toBe(1)
  for (const beginning of ['out evil', 'err evil', 'logged evil', 'warned evil', 'Error: evil', 'twice evil'])
    expect(screen).toContain(beginning)
  expect(harmIn(screen)).toEqual([])
})

it('the answer to what is sent', async () => {
  const server = await startServer(() => ({ status: 200, body: hostile }))
  stops.push(server.stop)
  const args = [
    'matter.updated',
    '--url',
    `${server.url}/smokeball`,
    '--client-id',
    'c',
    '--key',
    'k',
    '--id',
    hostile,
  ]
  const { screen, stdout } = await startSend(args)
  expect(stdout).toContain('cod.exe')
  expect(harmIn(screen)).toEqual([])
})

async function startSend(args: readonly string[]) {
  const started = startCommand('send', args, { columns: 160, env: onScreen })
  const { stdout } = await started.ended
  return { stdout, screen: started.screen() }
}

it('the question whether to delete what has such a name', async () => {
  const answers = [['Delete', 'n']] as const
  const args = ['subscriptions', 'delete', '--account', 'firm-1', '--stage', 'prod', '--', hostile]
  const started = startCommand('webhooks', args, {
    columns: 160,
    env: { ...world.env, ...onScreen },
    answers,
  })
  expect(await started.ended).toMatchObject({ code: 1 })
  // The question itself moves the cursor.
  for (const part of [
    '\u001b[2J',
    '\u001b]',
    '\u001b[35m',
    '\u001b[8m',
    '\u009b',
    '\u0090',
    '\u202e',
    '\u0007',
  ])
    expect(started.screen()).not.toContain(part)
  expect(started.screen()).toContain('cod.exe')
})
