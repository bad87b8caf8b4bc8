import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { deliveryQueues } from '../../functions/receiver/delivery-queues.ts'
import { readDelivery } from '../../functions/receiver/http-delivery.ts'
import { receiveDelivery } from '../../functions/receiver/receive-delivery.ts'
import { webhookSecrets } from '../../functions/receiver/webhook-secrets.ts'
import { type Engines, startEngines } from '../../infra/local/engines/engines.ts'
import { tableName } from '../../infra/operate/local-account.ts'
import { eventReference } from '../../shared/event/event-identity.ts'
import { epochMsToTicks } from '../../shared/event/ticks.ts'
import { asidePartitions } from '../../shared/queue/aside.ts'
import { dynamodbAsideStore } from '../../shared/queue/aside-store.ts'
import { fetchBody } from '../../shared/queue/fetch-body.ts'
import { unpackMessage } from '../../shared/queue/message.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { receiverId } from '../../shared/runtime/receiver-id.ts'
import { sign } from '../../shared/signing/signature.ts'
import { parseWebhookSecret } from '../../shared/signing/webhook-secret.ts'
import { coldStart, lambdaContext, secretId, shortenWaits } from './cold-start.ts'
import { takeAll } from './queue-contents.ts'

const clientId = 'lou1qnn0llav95f'
const key = 'ei7641529ue420n8b9aa'
const published = readFileSync(
  new URL('../../infra/smokeball/samples/matter.updated.json', import.meta.url),
  'utf8',
)

type Answer = { statusCode: number; body: string; headers: Record<string, string> }
type Receiver = (event: unknown, context: unknown) => Promise<Answer>

let engines: Engines
let dynamodb: DynamoDBClient
let receive: Receiver
let lines: Record<string, unknown>[]
/** New in each test: the queue remembers events for five minutes. */
let sample: string
let ticks = 639170696424691361n

beforeAll(async () => {
  engines = await startEngines({ consumerTimeoutMs: 30_000 })
  dynamodb = new DynamoDBClient(engines.dynamodbConfig)
})
afterAll(async () => {
  dynamodb.destroy()
  await engines.stop()
})

beforeEach(async () => {
  engines.secrets.set(secretId, JSON.stringify({ clientId, signingKey: key }))
  lines = []
  sample = published.replace('639170696424691361', `${++ticks}`)
  for (const level of ['info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(line))
  }
  receive = await start()
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  vi.useRealTimers()
  await Promise.all([queued(), deadLetters()])
})

const start = (overrides = {}) =>
  coldStart<Receiver>(() => import('../../functions/receiver/handler.ts'), engines, overrides)
const takeAside = async () => {
  const store = dynamodbAsideStore({ client: dynamodb, tableName, now: Date.now })
  const signal = AbortSignal.timeout(10_000)
  const found = await Promise.all(asidePartitions.map((partition) => store.oldest(partition, signal)))
  await Promise.all(found.flat().map((message) => store.remove(message, signal)))
  return found.flat()
}
const queued = () => takeAll(engines.sqsConfig, engines.queueUrl)
const deadLetters = () => takeAll(engines.sqsConfig, engines.deadLetterQueueUrl)

interface Delivery {
  body?: string | Buffer
  signingKey?: string
  client?: string
  requestId?: string
  timestamp?: string
  headers?: Record<string, string | undefined>
}

/** An HTTP API event (payload format 2.0) of a delivery as Smokeball signs it. */
function delivery({
  body = sample,
  signingKey = key,
  client = clientId,
  requestId = 'r-1',
  ...rest
}: Delivery = {}) {
  const timestamp = rest.timestamp ?? epochMsToTicks(Date.now()).toString()
  const signature = sign({ timestamp, requestId, clientId: client }, signingKey)
  return {
    version: '2.0',
    routeKey: 'POST /smokeball',
    headers: {
      timestamp,
      requestid: requestId,
      signature,
      'content-type': 'application/json',
      ...rest.headers,
    },
    body: typeof body === 'string' ? body : body.toString('base64'),
    isBase64Encoded: typeof body !== 'string',
  }
}

const deliver = (given?: Delivery, receiver = receive) => receiver(delivery(given), lambdaContext(8_000))
const body = (payload: string, timestamp: bigint | string = ticks) =>
  `{"accountId":"a","type":"matter.updated","timestamp":${timestamp},"payload":${payload}}`

describe('receiver', () => {
  it('acks a signed delivery and queues its exact text by resource and event', async () => {
    expect(await deliver()).toMatchObject({ statusCode: 200, body: '{"message":"Accepted"}' })
    const [message, ...others] = await queued()
    expect(others).toEqual([])
    expect(message?.body).toBe(sample)
    expect(message?.groupId).toMatch(/^[0-9a-f]{32}$/)
    expect(message?.deduplicationId).toMatch(/^[0-9a-f]{32}$/)
    expect(message?.attributes).toMatchObject({
      requestId: 'r-1',
      key: expect.stringMatching(/^[0-9a-f]{8}$/),
    })
    expect(message?.attributes.sent).toMatch(/^\d{18}$/)
    expect(lines).toEqual([
      {
        sb: 1,
        delivery: 'accepted',
        type: 'matter.updated',
        resource: '1e53979d-9269-4159-b104-2e603670f59d|68df1d38-b9a3-4855-b32f-6af1aae2f258',
        event: eventReference({
          eventId: message?.deduplicationId ?? '',
          receivedEpochMs: Number(message?.attributes.received),
        }),
        ms: expect.any(Number),
        key: message?.attributes.key,
      },
    ])
  })

  it('takes header names in any case, base64 bodies and upper-case signatures', async () => {
    const { headers, ...event } = delivery({ body: Buffer.from(sample) })
    const shouted = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
    )
    const answer = await receive(
      { ...event, headers: { ...shouted, SIGNATURE: headers.signature?.toUpperCase() } },
      lambdaContext(8_000),
    )
    expect(answer.statusCode).toBe(200)
    expect((await queued())[0]?.body).toBe(sample)
  })

  it('lets the queue drop a redelivery, and the copy of an overlapping subscription', async () => {
    await deliver()
    expect((await deliver({ requestId: 'r-2' })).statusCode).toBe(200)
    expect((await deliver({ body: sample.replace('6543c46b', '7543c46b') })).statusCode).toBe(200)
    expect(await queued()).toHaveLength(1)
  })

  it('queues two events of one API request', async () => {
    await deliver({ requestId: 'same' })
    await deliver({ requestId: 'same', body: sample.replace('matter.updated', 'matter.closed') })
    expect(await queued()).toHaveLength(2)
  })

  it('takes a key with letters beyond ASCII, an empty RequestId and previous keys', async () => {
    engines.secrets.set(
      secretId,
      JSON.stringify({ clientId, signingKey: 'schlüßel-鍵', previousSigningKeys: [key] }),
    )
    receive = await start()
    expect((await deliver({ signingKey: 'schlüßel-鍵' })).statusCode).toBe(200)
    expect((await deliver({ requestId: '', body: body('{}') })).statusCode).toBe(200)
    const requestIds = (await queued()).map(({ attributes }) => attributes.requestId)
    expect(new Set(requestIds)).toEqual(new Set(['r-1', undefined]))
  })

  it('takes an empty RequestId that a proxy left out', async () => {
    expect(await deliver({ requestId: '', headers: { requestid: undefined } })).toMatchObject({
      statusCode: 200,
    })
    expect((await queued())[0]?.attributes.requestId).toBeUndefined()
  })

  it('reads a body behind a byte order mark as the event that it is, and queues it byte for byte', async () => {
    await deliver()
    const [plain] = await queued()
    await deliver({ body: Buffer.from(`\uFEFF${sample.replace('6543c46b', '7543c46b')}`) })
    // The same event: the queue drops it.
    expect(await queued()).toEqual([])
    const other = body('{"id":"m"}')
    await deliver({ body: `\uFEFF${other}` })
    expect((await queued())[0]?.body).toBe(`\uFEFF${other}`)
    expect(plain?.deduplicationId).toMatch(/^[0-9a-f]{32}$/)
    await deliver({ body: `\uFEFF\uFEFF${other}` })
    expect((await deadLetters())[0]?.attributes.reason).toContain('not JSON')
  })

  it('carries a RequestId that SQS would not', async () => {
    expect((await deliver({ requestId: 'a b\u0001ü' })).statusCode).toBe(200)
    expect((await queued())[0]?.attributes.requestId).toBe('a%20b%01%C3%BC')
  })

  it('carries a long RequestId by its hash', async () => {
    expect((await deliver({ requestId: 'r'.repeat(2_100) })).statusCode).toBe(200)
    expect((await queued())[0]?.attributes.requestId).toMatch(/^%23[\da-f]{64}$/)
  })

  it('takes ids, accounts and types of a megabyte, with half characters', async () => {
    const long = '\ud800'.repeat(150_000)
    const forged = { accountId: long, type: `matter.${long}`, timestamp: 1, payload: { id: long } }
    const text = JSON.stringify(forged).replace('"timestamp":1', `"timestamp":${++ticks}`)
    expect((await deliver({ body: text })).statusCode).toBe(200)
    const [message] = await queued()
    expect(message?.attributes.resource).toMatch(/^#[\da-f]{64}\|matter\|#[\da-f]{64}$/)
    expect(message?.attributes.event).toMatch(/^\d{18} [\da-f]{32}$/)
    expect(Buffer.byteLength(JSON.stringify(lines.at(-1)))).toBeLessThanOrEqual(200)
  })
})

describe('refusals', () => {
  const now = () => Date.now()
  it.each<[string, () => Delivery, string]>([
    ['no signature', () => ({ headers: { signature: undefined } }), 'missing-header'],
    ['no timestamp', () => ({ headers: { timestamp: undefined } }), 'missing-header'],
    ['no RequestId', () => ({ headers: { requestid: undefined } }), 'bad-signature'],
    ['a timestamp that is none', () => ({ timestamp: '0x8DE' }), 'bad-timestamp'],
    ['an old one', () => ({ timestamp: epochMsToTicks(now() - 301_000).toString() }), 'too-old'],
    ['one from the future', () => ({ timestamp: epochMsToTicks(now() + 310_000).toString() }), 'too-new'],
    ['another key', () => ({ signingKey: 'x' }), 'bad-signature'],
    ['another client', () => ({ client: 'x' }), 'bad-signature'],
    ['another RequestId', () => ({ headers: { requestid: 'other' } }), 'bad-signature'],
    ['a signature that is none', () => ({ headers: { signature: 'x' } }), 'bad-signature'],
  ])('refuses %s with one and the same answer, and says why in the log alone', async (_what, given, why) => {
    const answer = await deliver(given())
    expect(answer).toEqual({
      statusCode: 401,
      headers: { 'content-type': 'application/json', 'x-receiver': receiverId(engines.queueUrl) },
      body: '{"message":"Unauthorized"}',
    })
    expect(lines).toEqual([{ sb: 1, delivery: 'refused', why, ms: expect.any(Number) }])
    expect(await queued()).toEqual([])
  })

  it.each([
    ['nothing', null],
    ['no headers', { body: '{}' }],
    ['headers that are no texts', { headers: { timestamp: [], requestid: {}, signature: 1 }, body: 7 }],
  ])('answers an event with %s, which API Gateway does not make', async (_what, event) => {
    expect((await receive(event, lambdaContext(8_000))).statusCode).toBe(401)
  })

  it('takes a signed delivery without a body', async () => {
    const event = { ...delivery(), body: null }
    expect((await receive(event, lambdaContext(8_000))).statusCode).toBe(200)
    expect(await deadLetters()).toHaveLength(1)
  })

  it('says nothing of keys, signatures and bodies in any line', async () => {
    await deliver()
    await deliver({ signingKey: 'x' })
    await deliver({ body: 'no JSON, but a secret' })
    const { headers } = delivery()
    for (const secret of [key, headers.signature ?? '', 'John Smith', 'but a secret']) {
      expect(JSON.stringify(lines)).not.toContain(secret)
    }
  })
})

describe('quarantine', () => {
  const notUtf8 = Buffer.from([0x7b, 0xff, 0xfe, 0x7d])
  it.each<[string, string | Buffer, string]>([
    ['no JSON', 'nope', 'not JSON'],
    ['nothing', '', 'not JSON'],
    ['an array', '[]', 'not an object'],
    ['null', 'null', 'not an object'],
    ['too many levels', body(`${'['.repeat(100)}${']'.repeat(100)}`), 'nested deeper than 100 levels'],
    ['no UTF-8', notUtf8, 'not UTF-8'],
    [
      'what catch-up alone makes',
      body('{"id":"m"}').replace('{', '{"source":"CatchUp",'),
      'that catch-up or an import made it',
    ],
    [
      'what an import alone makes',
      body('{"id":"m"}').replace('{', '{"source":"FirstImport","handler":"crm",'),
      'that catch-up or an import made it',
    ],
    [
      'what says that it is an import, for nobody',
      body('{"id":"m"}').replace('{', '{"source":"FirstImport",'),
      'that catch-up or an import made it',
    ],
    ['no type', '{"accountId":"a","timestamp":1,"payload":{}}', '`type` is missing'],
    ['no timestamp', '{"accountId":"a","type":"matter.updated","payload":{}}', '`timestamp` is missing'],
    ['a negative timestamp', body('{"id":"m"}', -1n), '`timestamp` is not ticks'],
    ['a negative zero', body('{"id":"m"}', '-0'), '`timestamp` is not ticks'],
    ['a timestamp of 20 digits', body('{"id":"m"}', 10n ** 19n), '`timestamp` is not ticks'],
    [
      'a timestamp after the year 9999',
      body('{"id":"m"}', 3_155_378_976_000_000_000n),
      '`timestamp` is not ticks',
    ],
    ['a timestamp in another notation', body('{"id":"m"}', '6.39e17'), '`timestamp` is not ticks'],
    ['a timestamp as a text', body('{"id":"m"}', '"639170696424691361"'), '`timestamp` is not ticks'],
    [
      'an event of the last day that there is',
      body('{"id":"m"}', 3_155_378_975_999_999_999n),
      'timestamp lies after',
    ],
  ])('accepts %s and puts it aside with its reason, byte for byte', async (_what, content, reason) => {
    expect(await deliver({ body: content })).toMatchObject({ statusCode: 200 })
    expect(await queued()).toEqual([])
    const [letter] = await deadLetters()
    expect(letter?.attributes.givenUp).toBe('quarantined')
    expect(letter?.attributes.reason).toContain(reason)
    const encoding = letter?.attributes.encoding
    expect(Buffer.from(letter?.body ?? '', encoding ? 'base64' : 'utf8')).toEqual(Buffer.from(content))
    expect(lines).toMatchObject([{ delivery: 'quarantined' }])
  })

  it('puts the same body aside as often as it comes', async () => {
    await deliver({ body: '[]' })
    await deliver({ body: '[]' })
    expect(await deadLetters()).toHaveLength(2)
  })

  const signedAt = Date.now() - 100_000
  const timestamp = epochMsToTicks(signedAt).toString()

  it.each([0, 9_999, 10_000])('takes an event that lies %d ms after its delivery was signed', async (ms) => {
    await deliver({ timestamp, body: body(`{"id":"m-${ms}"}`, epochMsToTicks(signedAt + ms)) })
    expect([await queued(), await deadLetters()]).toMatchObject([[{}], []])
  })

  it.each([10_001, 100_000, 299_000])(
    'takes none that lies %d ms after it, however late the delivery itself may be',
    async (ms) => {
      receive = await start({ TOLERANCE_MS: '86400000' })
      const late = { timestamp, body: body('{"id":"m"}', epochMsToTicks(signedAt + ms)) }
      expect(await deliver(late)).toMatchObject({ statusCode: 200 })
      expect(await queued()).toEqual([])
      expect((await deadLetters())[0]?.attributes.reason).toBe('its timestamp lies after its delivery')
    },
  )

  it('takes events of any time before, from the year 1 on', async () => {
    for (const ticks of [0n, 1n, 621_355_968_000_000_000n])
      await deliver({ body: body(`{"id":"m-${ticks}"}`, ticks) })
    expect([await queued(), await deadLetters()]).toMatchObject([[{}, {}, {}], []])
  })
})

describe('long bodies', () => {
  const random = (bytes: number) => `{"id":"m","x":"${randomBytes((bytes * 3) / 4).toString('base64')}"}`
  const even = (bytes: number) => `{"id":"m","x":"${'smokeball '.repeat(bytes / 10)}"}`
  const kb = 1024

  it.each<[string, string, string | undefined]>([
    ['900 KB, compressible', even(900 * kb), undefined],
    ['900 KB, random', random(900 * kb), undefined],
    ['3 MB, compressible', even(3 * 1024 * kb), 'gzip'],
  ])('%s', async (_what, payload, encoding) => {
    expect((await deliver({ body: body(payload) })).statusCode).toBe(200)
    const [message] = await queued()
    expect(message?.attributes.encoding).toBe(encoding)
    const text = encoding ? gunzipSync(Buffer.from(message?.body ?? '', 'base64')).toString() : message?.body
    expect(text).toBe(body(payload))
  })

  it('leaves one with the table that no message holds, and sends a message that refers to it', async () => {
    const large = body(random(3 * 1024 * kb))
    expect((await deliver({ body: large })).statusCode).toBe(200)
    expect(lines).toMatchObject([{ delivery: 'accepted' }])
    const [message] = await queued()
    expect(message).toMatchObject({
      body: '-',
      attributes: { encoding: expect.stringMatching(/^stored \S+ \d+$/), requestId: 'r-1' },
    })
    const { attributes = {} } = message ?? {}
    const whole = await fetchBody(
      { client: dynamodb, tableName },
      { body: '-', attributes: attributes as Record<string, string> },
      AbortSignal.timeout(5_000),
    )
    expect(unpackMessage(whole).text).toBe(large)
  })

  it('answers 503 when the table does not take it either', async (context) => {
    shortenWaits(context)
    receive = await start({ AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9' })
    expect((await deliver({ body: body(random(3 * 1024 * kb)) })).statusCode).toBe(503)
    expect(lines.at(-1)).toMatchObject({ delivery: 'unavailable', why: 'queue' })
    expect(await queued()).toEqual([])
  })

  it('carries characters that SQS does not', async () => {
    const odd = body('{"id":"m","x":"\uffff\ufffe😀"}')
    await deliver({ body: odd })
    const [message] = await queued()
    expect(message?.attributes.encoding).toBe('base64')
    expect(Buffer.from(message?.body ?? '', 'base64').toString()).toBe(odd)
  })
})

describe('the secret', () => {
  it.each([
    ['is not there', undefined, /put|describe-secret/],
    [
      'has no client id yet',
      JSON.stringify({ clientId: '', signingKey: key }),
      /`clientId` is missing. Run: npx smokeball-webhooks connect/,
    ],
    ['has an empty key', JSON.stringify({ clientId, signingKey: '' }), /`signingKey` is missing or empty/],
    [
      'has an empty previous key',
      JSON.stringify({ clientId, signingKey: key, previousSigningKeys: [''] }),
      /not a list of keys/,
    ],
    ['is no JSON', `${key} in plain`, /not a JSON object/],
  ])('that %s answers 503 and logs the command that mends it', async (_what, value, message) => {
    if (value === undefined) engines.secrets.delete(secretId)
    else engines.secrets.set(secretId, value)
    const answer = await deliver({}, await start())
    expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '5' } })
    expect(lines).toMatchObject([
      { failure: 'receiver', error: expect.stringMatching(message) },
      { delivery: 'unavailable', why: 'secret' },
    ])
    expect(JSON.stringify(lines)).not.toContain(key)
  })

  it('that comes later is taken within ten seconds', async () => {
    engines.secrets.delete(secretId)
    receive = await start()
    expect((await deliver()).statusCode).toBe(503)
    engines.secrets.set(secretId, JSON.stringify({ clientId, signingKey: key }))
    expect((await deliver()).statusCode).toBe(503)
    later(10_000)
    expect((await deliver()).statusCode).toBe(200)
  })

  it('that changed is read again on a mismatch, at most every ten seconds', async () => {
    expect((await deliver()).statusCode).toBe(200)
    engines.secrets.set(secretId, JSON.stringify({ clientId, signingKey: 'new', previousSigningKeys: [key] }))
    const read = vi.spyOn(engines.secrets, 'get')
    expect((await deliver({ signingKey: 'new' })).statusCode).toBe(401)
    later(10_000)
    expect((await deliver({ signingKey: 'new' })).statusCode).toBe(200)
    expect((await deliver({ signingKey: 'wrong' })).statusCode).toBe(401)
    expect((await deliver()).statusCode).toBe(200)
    expect(read).toHaveBeenCalledTimes(1)
  })

  it('that changed and cannot be read answers 503: what it refuses may be good', async () => {
    expect((await deliver()).statusCode).toBe(200)
    engines.secrets.delete(secretId)
    later(10_000)
    expect((await deliver({ signingKey: 'new' })).statusCode).toBe(503)
    expect((await deliver({ signingKey: 'new' })).statusCode).toBe(503)
    expect((await deliver({ body: body('{}') })).statusCode).toBe(200)
    engines.secrets.set(secretId, JSON.stringify({ clientId, signingKey: 'new' }))
    later(10_000)
    expect((await deliver({ signingKey: 'new', body: body('[]') })).statusCode).toBe(200)
  })

  it('whose key was withdrawn stops being good within five minutes', async () => {
    expect((await deliver()).statusCode).toBe(200)
    engines.secrets.set(secretId, JSON.stringify({ clientId, signingKey: 'new' }))
    later(300_000)
    expect((await deliver()).statusCode).toBe(401)
  })

  it('stays good while it cannot be read again', async () => {
    expect((await deliver()).statusCode).toBe(200)
    engines.secrets.delete(secretId)
    later(300_000)
    expect((await deliver()).statusCode).toBe(200)
  })

  it('that could not be read is tried again after a second', async () => {
    let nowEpochMs = Date.now()
    let isDown = true
    const read = async () => {
      if (isDown) throw new Error('no answer')
      return JSON.stringify({ clientId, signingKey: key })
    }
    const secrets = webhookSecrets({ read, secretId, now: () => nowEpochMs })
    const { signal } = new AbortController()
    await expect(secrets.current({ signal })).rejects.toThrow('cannot be read')
    isDown = false
    nowEpochMs += 999
    await expect(secrets.current({ signal })).rejects.toThrow('cannot be read')
    nowEpochMs += 1
    expect((await secrets.current({ signal })).signingKeys).toHaveLength(1)
  })

  it('that is read again and does not come holds up a delivery for no longer than two seconds', async () => {
    let nowEpochMs = Date.now()
    let reads = 0
    const read = async (signal: AbortSignal) => {
      reads++
      if (reads > 1)
        await new Promise((_, fail) => signal.addEventListener('abort', () => fail(signal.reason)))
      return JSON.stringify({ clientId, signingKey: key })
    }
    const secrets = webhookSecrets({ read, secretId, now: () => nowEpochMs })
    const never = new AbortController()
    const secret = await secrets.current(never)
    nowEpochMs += 300_000
    expect(await secrets.current(never)).toBe(secret)
    expect(reads).toBe(2)
  })

  function later(ms: number) {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })
  }
})

describe('a service that fails', () => {
  let silent: Server
  beforeAll(
    () =>
      new Promise<void>((resolve) => {
        silent = createServer(() => {}).listen(0, '127.0.0.1', resolve)
      }),
  )
  afterAll(() => void silent.close())
  const silentUrl = () => `http://127.0.0.1:${(silent.address() as AddressInfo).port}`

  // `silent-service.proof.ts` waits for as long as a Lambda does.
  const withSilentQueue = (others: Record<string, string> = {}) => {
    const silentQueue = `${silentUrl()}/000000000000/silent.fifo`
    return start({
      QUEUE_URL: silentQueue,
      DEAD_LETTER_QUEUE_URL: silentQueue,
      AWS_ENDPOINT_URL_SQS: silentUrl(),
      ...others,
    })
  }

  it('that accepts the connection and stays silent, as queue: the table has the delivery', async (context) => {
    shortenWaits(context)
    receive = await withSilentQueue()
    expect((await deliver()).statusCode).toBe(200)
    expect((await deliver({ body: '[]' })).statusCode).toBe(200)
    expect(lines.filter((line) => 'delivery' in line)).toMatchObject([
      { delivery: 'put-aside', type: 'matter.updated', key: expect.any(String) },
      { delivery: 'put-aside', why: expect.stringContaining('Not a Smokeball notification') },
    ])
    const aside = await takeAside()
    expect(aside.map(({ queue }) => queue).sort()).toEqual(['deadLetters', 'events'])
    expect(aside.find(({ queue }) => queue === 'events')).toMatchObject({
      body: sample,
      attributes: { requestId: 'r-1' },
      deduplicationId: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
  })

  it('the table comes first for half a minute after a failure of the queue, and the queue again when that is over', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const sent: string[] = []
    let fault: Error | undefined = new Error('down')
    const queues = deliveryQueues({
      client: {
        send: async (_: unknown, { abortSignal }: { abortSignal: AbortSignal }) => {
          sent.push('queue')
          if (fault?.message === 'silent')
            await new Promise((end) => abortSignal.addEventListener('abort', end))
          if (fault) throw fault
        },
      } as never,
      queueUrls: { events: 'events', deadLetters: 'letters' },
      secondPlace: async () => ({
        put: async () => void sent.push('table'),
        store: async () => 'stored id 1',
      }),
      clock: { ...systemClock, now: Date.now },
      randomId: () => 'id',
    })
    const take = async (remainingMs = 8_000) => {
      sent.length = 0
      const request = readDelivery(delivery() as never, { now: Date.now, remainingMs })
      const secret = parseWebhookSecret(JSON.stringify({ clientId, signingKey: key }), 'test')
      const secrets = { current: async () => secret, reread: async () => undefined }
      const { outcome } = await receiveDelivery({ secrets, toleranceMs: 300_000, queues }, request)
      return [...sent, outcome]
    }
    expect(await take()).toEqual(['queue', 'table', 'put-aside'])
    fault = undefined
    vi.advanceTimersByTime(29_999)
    expect(await take()).toEqual(['table', 'put-aside'])
    vi.advanceTimersByTime(1)
    expect(await take()).toEqual(['queue', 'accepted'])
    expect(await take()).toEqual(['queue', 'accepted'])

    // The queue is not to blame for what the message is, and for little time.
    fault = Object.assign(new Error('no such character'), { name: 'InvalidMessageContents' })
    expect(await take()).toEqual(['queue', 'table', 'put-aside'])
    fault = new Error('silent')
    expect(await take(1_400)).toEqual(['queue', 'table', 'put-aside'])
    fault = undefined
    expect(await take()).toEqual(['queue', 'accepted'])
  })

  it('loads the second place at the next delivery if that failed at the first', async (context) => {
    shortenWaits(context)
    let loads = 0
    const { secondPlace } = await import('../../functions/receiver/second-place.ts')
    vi.doMock('../../functions/receiver/second-place.ts', () => ({
      secondPlace: (options: Parameters<typeof secondPlace>[0]) => {
        loads++
        if (loads === 1) throw new Error('the file cannot be read')
        return secondPlace(options)
      },
    }))
    context.onTestFinished(() => void vi.doUnmock('../../functions/receiver/second-place.ts'))
    receive = await withSilentQueue()
    expect((await deliver()).statusCode).toBe(503)
    expect((await deliver()).statusCode).toBe(200)
    expect((await deliver()).statusCode).toBe(200)
    expect(loads).toBe(2)
  })

  it('queue and table: 503, never 200', async (context) => {
    shortenWaits(context)
    receive = await withSilentQueue({ AWS_ENDPOINT_URL_DYNAMODB: silentUrl() })
    const answers = await Promise.all([deliver(), deliver({ body: '[]' })])
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([503, 503])
    const unavailable = { sb: 1, delivery: 'unavailable', why: 'queue', ms: expect.any(Number) }
    expect(lines.filter((line) => 'delivery' in line)).toEqual([unavailable, unavailable])
  })

  it('that accepts the connection and stays silent, as secret: 503', async (context) => {
    shortenWaits(context)
    receive = await start({ AWS_ENDPOINT_URL_SECRETS_MANAGER: silentUrl() })
    expect((await deliver()).statusCode).toBe(503)
    expect(lines.at(-1)).toMatchObject({ delivery: 'unavailable', why: 'secret' })
  })

  it('that is not there: 503, and the log says what failed', async () => {
    const gone = { QUEUE_URL: engines.queueUrl.replace('smokeball-events', 'gone'), TABLE_NAME: 'gone' }
    const answer = await deliver({}, await start(gone))
    expect(answer.statusCode).toBe(503)
    expect(answer.body).toBe('{"message":"Service Unavailable"}')
    expect(JSON.stringify(lines)).toMatch(/NonExistentQueue|QueueDoesNotExist/)
    expect(JSON.stringify(lines)).toContain('ResourceNotFoundException')
  })

  it('that is not set up names all that is missing', async () => {
    await expect(start({ QUEUE_URL: '', TOLERANCE_MS: '' })).rejects.toThrow(/Set QUEUE_URL, TOLERANCE_MS\./)
    await expect(start({ TOLERANCE_MS: '5m' })).rejects.toThrow(/TOLERANCE_MS to a positive number/)
  })
})
