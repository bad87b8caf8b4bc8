import { randomUUID } from 'node:crypto'
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type HandlerContext, on, PermanentFailure, type SmokeballEvent } from '#webhooks'
import { handlerSecrets } from '../../functions/consumer/handler-secrets.ts'
import { type Engines, startEngines } from '../../infra/local/engines/engines.ts'
import { tableName } from '../../infra/operate/local-account.ts'
import { attributeNames, packMessage } from '../../shared/queue/message.ts'
import { variables } from '../../shared/runtime/environment.ts'
import { coldStart, lambdaContext, restoreUncaught } from './cold-start.ts'
import { takeAll } from './queue-contents.ts'

type Failures = { batchItemFailures: { itemIdentifier: string }[] }
type Consumer = (event: unknown, context: unknown) => Promise<Failures>

let engines: Engines
let lines: Record<string, unknown>[]
const read = () => vi.spyOn(engines.secrets, 'get')

beforeAll(async () => {
  engines = await startEngines({ consumerTimeoutMs: 30_000 })
})
afterAll(() => engines.stop())
beforeEach(() => {
  engines.secrets.clear()
  lines = []
  for (const level of ['info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(line))
  }
})
afterEach(() => {
  restoreUncaught()
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

function start(
  act: (context: HandlerContext, event: SmokeballEvent) => unknown,
  secrets?: string,
): Promise<Consumer> {
  const handlers = [on('*', { name: 'h', order: 'every' }, (event, context) => act(context, event))]
  const load = async () => {
    vi.doMock('#handlers', () => ({ default: handlers }))
    return import('../../functions/consumer/handler.ts')
  }
  return coldStart<Consumer>(
    load,
    engines,
    secrets === undefined ? {} : { [variables.handlerSecrets]: secrets },
  )
}

/** A batch of events, each of another resource. */
function batch(size: number) {
  const Records = Array.from({ length: size }, () => {
    const id = randomUUID()
    const text = `{"accountId":"a","subscriptionId":"s","type":"contact.updated","payload":{"id":"${id}"},"timestamp":1}`
    const note = { requestId: 'r', sentTicks: undefined, receivedEpochMs: Date.now(), keyFingerprint: 'f' }
    const packed = packMessage(Buffer.from(text), note)
    const messageAttributes = Object.entries(packed?.attributes ?? {}).map(([name, stringValue]) => [
      name,
      { stringValue, dataType: 'String' },
    ])
    return {
      messageId: id,
      receiptHandle: 'none',
      body: packed?.body,
      attributes: { ApproximateReceiveCount: '1', MessageGroupId: id },
      messageAttributes: Object.fromEntries(messageAttributes),
    }
  })
  return { Records }
}

const consume = async (consumer: Consumer, event = batch(1)) =>
  (await consumer(event, lambdaContext(30_000))).batchItemFailures.length
/** The items of events with failures for good: of those that are tried again, another test may have left some. */
async function stored() {
  const dynamodb = new DynamoDBClient(engines.dynamodbConfig)
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: tableName }))
  dynamodb.destroy()
  return Items.filter(({ status }) => status?.S === 'dead-lettered')
}

const outcomes = () => lines.filter((line) => 'event' in line).map(({ event }) => event)
const failures = () => lines.flatMap((line) => ('failure' in line ? [String(line.error)] : []))

describe('secrets of handlers', () => {
  it('are read once a process, and given by name', async () => {
    engines.secrets.set('crm/key', 'the key').set('crm/password', 'the password')
    const reads = read()
    const seen: string[] = []
    const consumer = await start(
      ({ secret }) => seen.push(secret('KEY'), secret('PASSWORD')),
      '{ "KEY": "crm/key", "PASSWORD": "crm/password" }',
    )
    expect(await consume(consumer, batch(3))).toBe(0)
    expect(await consume(consumer)).toBe(0)
    expect(seen).toEqual(Array.from({ length: 4 }, () => ['the key', 'the password']).flat())
    expect(reads.mock.calls.flat().sort()).toEqual(['crm/key', 'crm/password'])
  })

  it.each([undefined, '', '{}'])('are none, and nothing is read, for %j', async (configured) => {
    const reads = read()
    const consumer = await start(({ secret }) => secret('KEY'), configured)
    expect(await consume(consumer)).toBe(0)
    expect(outcomes()).toEqual(['failed'])
    expect(reads).not.toHaveBeenCalled()
    expect(failures()).toEqual([
      expect.stringMatching(
        /^UnknownSecret: There is no secret 'KEY'\. There are none\. Name it under `secrets`/,
      ),
    ])
  })

  it('that nobody has named are told from those that there are', async () => {
    engines.secrets.set('crm/key', 'the key')
    await consume(await start(({ secret }) => secret('CRM_KEY'), '{ "KEY": "crm/key" }'))
    expect(outcomes()).toEqual(['failed'])
    expect(failures()[0]).toContain(
      "no secret 'CRM_KEY'. There are: KEY. Name it under `secrets` in infra/handlers.ts",
    )
  })

  it('that cannot be read keep the message, and spend neither lease nor attempt', async () => {
    engines.secrets.set('crm/key', 'the key')
    const run = vi.fn()
    const startEpochMs = Date.now()
    const consumer = await start(run, '{ "KEY": "crm/key", "NEW": "crm/new" }')
    const event = batch(1)
    expect(await consume(consumer, event)).toBe(1)
    expect(outcomes()).toEqual(['error'])
    expect(failures()).toEqual([
      expect.stringMatching(
        /^HandlerSecretsUnavailable: The secret crm\/new \(NEW in infra\/handlers\.ts\) cannot be read: ResourceNotFoundException\. See what it says: aws secretsmanager describe-secret --secret-id crm\/new\n/,
      ),
    ])
    expect(run).not.toHaveBeenCalled()

    // What failed is asked for again, and nothing else.
    engines.secrets.set('crm/new', 'new')
    const reads = read()
    expect(await consume(consumer, event)).toBe(0)
    expect(reads.mock.calls).toEqual([['crm/new']])
    expect(run.mock.calls).toMatchObject([[{}, { attempt: 1 }]])
    // The first claim of its resource.
    expect(run.mock.calls[0]?.[1].fence).toBeGreaterThanOrEqual(startEpochMs)
    expect(outcomes()).toEqual(['error', 'handled'])
  })

  it('are not in what is logged, stored and dead-lettered of a failure', async () => {
    engines.secrets
      .set('crm/url', 'https://me:pass-word@crm')
      .set('crm/key', '{ "key": "pass-word" }\n')
      .set('crm/pin', '12')
    const consumer = await start(({ secret }) => {
      const { key } = JSON.parse(secret('KEY'))
      throw new PermanentFailure(`no answer from ${secret('URL')}`, { cause: new Error(`${key} in 12 s`) })
    }, '{ "KEY": "crm/key", "URL": "crm/url", "PIN": "crm/pin" }')
    await consume(consumer)
    const [logged] = failures()
    expect(logged).toMatch(/^PermanentFailure: no answer from \[secret URL\]\n/)
    expect(logged).toContain('caused by Error: [secret KEY.key] in 12 s')

    const items = await stored()
    expect(items.flatMap(({ errors }) => errors?.M?.h?.S ?? [])).toEqual([logged])
    const letters = await takeAll(engines.sqsConfig, engines.deadLetterQueueUrl)
    const reason = 'permanent failure of h: PermanentFailure: no answer from [secret URL]'
    const reasons = letters.map(({ attributes }) => attributes[attributeNames.reason])
    expect(reasons).toEqual([reason])
    expect(items.flatMap((item) => item.reason?.S ?? [])).toEqual([reason])
    expect(JSON.stringify([lines, items, letters])).not.toContain('pass-word')
  })

  it.each(['{', '[]', '"crm/key"', '{ "KEY": 1 }', '{ "KEY": "" }'])(
    'that are configured as %s fail at the start',
    async (configured) => {
      await expect(start(() => {}, configured)).rejects.toMatchObject({
        code: 'INVALID_ENVIRONMENT',
        message: expect.stringContaining('Set HANDLER_SECRETS to JSON: { "NAME": "secret id" }.'),
      })
    },
  )
})

describe('handlerSecrets', () => {
  const ids = new Map([
    ['A', 'a'],
    ['B', 'b'],
  ])
  const { signal } = new AbortController()

  it('asks for all at once, and shares a reading', async () => {
    const asked: string[] = []
    const { promise, resolve } = Promise.withResolvers<string>()
    const read = (id: string) => {
      asked.push(id)
      return promise
    }
    const secrets = handlerSecrets({ ids, read })
    const both = [secrets.read(signal), secrets.read(signal)]
    expect(asked).toEqual(['a', 'b'])
    resolve('value')
    expect(await Promise.all(both)).toEqual([
      new Map(Object.entries({ A: 'value', B: 'value' })),
      expect.any(Map),
    ])
    expect(asked).toEqual(['a', 'b'])
  })

  it('names all that cannot be read, and quotes none', async () => {
    const read = async (id: string) => {
      if (id === 'a') return undefined
      throw new SyntaxError('Unexpected end of JSON input: "very secr')
    }
    const failure = await handlerSecrets({ ids, read })
      .read(signal)
      .catch((error: Error) => error)
    expect(failure).toMatchObject({
      message: expect.stringMatching(
        /^The secret a \(A .*: it has no text\. .*\nThe secret b \(B .*: SyntaxError\./,
      ),
    })
    expect(failure).not.toHaveProperty('cause')
  })
})
