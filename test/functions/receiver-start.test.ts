/** What the receiver does before the first delivery, and what comes of its failures: nothing but that the delivery does it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { close, listen } from '../../infra/http/listen.ts'
import { epochMsToTicks } from '../../shared/event/ticks.ts'
import { sign } from '../../shared/signing/signature.ts'
import { coldStart, lambdaContext, shortenWaits } from './cold-start.ts'

type Receiver = (event: unknown, context: unknown) => Promise<{ statusCode: number }>
type Service = Awaited<ReturnType<typeof startAws>>

const clientId = 'lou1qnn0llav95f'
const key = 'ei7641529ue420n8b9aa'
let lines: Record<string, unknown>[]

beforeEach(() => {
  lines = []
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(line))
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  vi.useRealTimers()
})

it('reads the secret, and opens the connection that the first delivery uses', async () => {
  const [secrets, sqs] = [await startAws(), await startAws()]
  const receive = await start(secrets, sqs)
  expect([secrets.calls, sqs.calls]).toEqual([['GetSecretValue'], ['GET']])
  expect((await receive(delivery(), lambdaContext(8_000))).statusCode).toBe(200)
  expect([secrets.calls, sqs.calls]).toEqual([['GetSecretValue'], ['GET', 'SendMessage']])
  expect(sqs.connections()).toBe(1)
})

const failures: [string, Answer][] = [
  ['refuses', (_, response) => response.writeHead(400).end('{"__type":"ResourceNotFoundException"}')],
  ['has no key yet', (_, response) => response.end('{"SecretString":"{}"}')],
  ['breaks off', ({ socket }) => socket.destroy()],
  ['stays silent', () => undefined],
]

it.each(failures)('leaves the secret to the first delivery where its service %s', async (_, fail) => {
  const [secrets, sqs] = [await startAws(), await startAws()]
  secrets.answer = fail
  const receive = await start(secrets, sqs)
  secrets.answer = usualAnswer
  expect((await receive(delivery(), lambdaContext(8_000))).statusCode).toBe(200)
  expect(lines).toMatchObject([{ delivery: 'accepted' }])
})

it.each(failures)('leaves the connection to the first delivery where the queue %s', async (_, fail) => {
  const [secrets, sqs] = [await startAws(), await startAws()]
  sqs.answer = fail
  const receive = await start(secrets, sqs)
  sqs.answer = usualAnswer
  expect((await receive(delivery(), lambdaContext(8_000))).statusCode).toBe(200)
  expect(lines).toMatchObject([{ delivery: 'accepted' }])
  expect(sqs.calls).toContain('SendMessage')
})

it('counts the age of the secret from when it was read', async () => {
  const [secrets, sqs] = [await startAws(), await startAws()]
  const receive = await start(secrets, sqs)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 300_000 })
  expect((await receive(delivery(), lambdaContext(8_000))).statusCode).toBe(200)
  expect(secrets.calls).toEqual(['GetSecretValue', 'GetSecretValue'])
})

/** The receiver as it is after its start, which waits for a silent service for 200 ms a try. */
async function start(secrets: Service, sqs: Service): Promise<Receiver> {
  shortenWaits({ onTestFinished })
  const queueUrl = `${sqs.url}/000000000000/queue.fifo`
  const engines = {
    queueUrl,
    deadLetterQueueUrl: queueUrl,
    delayQueueUrl: queueUrl,
    sqsConfig: {
      endpoint: sqs.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'id', secretAccessKey: 'key' },
    },
    dynamodbConfig: {
      endpoint: sqs.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'id', secretAccessKey: 'key' },
    },
    secretsUrl: secrets.url,
  }
  return coldStart<Receiver>(() => import('../../functions/receiver/handler.ts'), engines)
}

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

const usualAnswer: Answer = (_, response) =>
  response.end(
    JSON.stringify({ MessageId: 'm', SecretString: JSON.stringify({ clientId, signingKey: key }) }),
  )

/** Secrets Manager or SQS, until the test ends. */
async function startAws() {
  let connections = 0
  const aws = { url: '', calls: [] as string[], answer: usualAnswer, connections: () => connections }
  const server = createServer((request, response) => {
    aws.calls.push(String(request.headers['x-amz-target'] ?? request.method).replace(/.*\./, ''))
    request.resume().on('end', () => aws.answer(request, response))
  })
  server.on('connection', () => void connections++)
  aws.url = await listen(server)
  onTestFinished(() => close(server))
  return aws
}

function delivery() {
  const timestamp = epochMsToTicks(Date.now()).toString()
  const signature = sign({ timestamp, requestId: 'r', clientId }, key)
  const body =
    '{"accountId":"a","type":"contact.updated","source":"API","payload":{"id":"c"},"timestamp":1,"subscriptionId":"s"}'
  return { version: '2.0', headers: { timestamp, requestid: 'r', signature }, body, isBase64Encoded: false }
}
