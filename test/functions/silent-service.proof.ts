/** What becomes of a delivery and of an event when a service accepts the connection and stays silent, in real time. */
import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { type Engines, startEngines } from '../../infra/local/engines/engines.ts'
import { epochMsToTicks } from '../../shared/event/ticks.ts'
import { packMessage } from '../../shared/queue/message.ts'
import { sign } from '../../shared/signing/signature.ts'
import { coldStart, lambdaContext, secretId } from './cold-start.ts'

const [clientId, key] = ['client', 'key']
const silent = createServer(() => {})
let silentUrl = ''
let engines: Engines
let lines: Record<string, unknown>[]

beforeAll(async () => {
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  silentUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  engines = await startEngines({ consumerTimeoutMs: 30_000 })
  engines.secrets.set(secretId, JSON.stringify({ clientId, signingKey: key }))
})
afterAll(async () => {
  silent.close()
  await engines.stop()
})
beforeEach(() => {
  lines = []
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(line))
})

type Receiver = (event: unknown, context: unknown) => Promise<{ statusCode: number }>
type Consumer = (event: unknown, context: unknown) => Promise<{ batchItemFailures: unknown[] }>

const receiver = (overrides: Record<string, string>) =>
  coldStart<Receiver>(() => import('../../functions/receiver/handler.ts'), engines, overrides)

function delivery(body: string) {
  const timestamp = epochMsToTicks(Date.now()).toString()
  const signature = sign({ timestamp, requestId: 'r', clientId }, key)
  return { version: '2.0', headers: { timestamp, requestid: 'r', signature }, body, isBase64Encoded: false }
}

const notification =
  '{"accountId":"a","subscriptionId":"s","type":"contact.updated","source":"API","payload":{"id":"c"},"timestamp":1}'

it('a silent queue: the receiver puts the delivery aside within four seconds', async () => {
  const silentQueue = `${silentUrl}/000000000000/silent.fifo`
  const receive = await receiver({ QUEUE_URL: silentQueue, AWS_ENDPOINT_URL_SQS: silentUrl })
  expect((await receive(delivery(notification), lambdaContext(8_000))).statusCode).toBe(200)
  expect(lines).toMatchObject([{ delivery: 'put-aside' }])
  expect(lines[0]?.ms).toBeLessThan(4_500)
})

it('a silent queue and a silent table: the receiver answers 503 within seven seconds, never 200', async () => {
  const silentQueue = `${silentUrl}/000000000000/silent.fifo`
  const receive = await receiver({
    QUEUE_URL: silentQueue,
    DEAD_LETTER_QUEUE_URL: silentQueue,
    AWS_ENDPOINT_URL_SQS: silentUrl,
    AWS_ENDPOINT_URL_DYNAMODB: silentUrl,
  })
  const answers = await Promise.all(
    [notification, '[]'].map((body) => receive(delivery(body), lambdaContext(8_000))),
  )
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([503, 503])
  const unavailable = { sb: 1, delivery: 'unavailable', why: 'queue', ms: expect.any(Number) }
  expect(lines.filter((line) => 'delivery' in line)).toEqual([unavailable, unavailable])
  for (const { ms = 0 } of lines) expect(ms).toBeLessThan(7_500)
})

it('a silent secret: the receiver answers 503 within seven seconds', async () => {
  const startMs = performance.now()
  const receive = await receiver({ AWS_ENDPOINT_URL_SECRETS_MANAGER: silentUrl })
  // The start and the answer are within the ten seconds that the sender waits.
  expect(performance.now() - startMs).toBeLessThan(2_500)
  expect((await receive(delivery(notification), lambdaContext(8_000))).statusCode).toBe(503)
  expect(lines.at(-1)).toMatchObject({ delivery: 'unavailable', why: 'secret' })
  expect(lines.at(-1)?.ms).toBeLessThan(7_500)
})

it('a silent table: the consumer keeps the message, and says so', async () => {
  const load = () => {
    vi.doMock('#handlers', () => ({ default: [] }))
    return import('../../functions/consumer/handler.ts')
  }
  const consume = await coldStart<Consumer>(load, engines, { AWS_ENDPOINT_URL_DYNAMODB: silentUrl })
  const note = { requestId: 'r', sentTicks: undefined, receivedEpochMs: Date.now(), keyFingerprint: 'f' }
  const packed = packMessage(Buffer.from(notification), note)
  const record = {
    ...{ messageId: 'm', receiptHandle: 'none', body: packed?.body },
    attributes: { ApproximateReceiveCount: '1', MessageGroupId: 'g' },
    messageAttributes: Object.fromEntries(
      Object.entries(packed?.attributes ?? {}).map(([name, stringValue]) => [
        name,
        { stringValue, dataType: 'String' },
      ]),
    ),
  }
  const answer = await consume({ Records: [record] }, lambdaContext(30_000))
  expect(answer.batchItemFailures).toEqual([{ itemIdentifier: 'm' }])
  expect(lines).toContainEqual(
    expect.objectContaining({ failure: 'consumer', error: expect.stringMatching(/Timeout/i) }),
  )
  expect(lines.filter(({ event }) => event).map(({ event }) => event)).toEqual(['error'])
})
