import { request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { startFakeSmokeball } from '../../../infra/fake-smokeball/start-fake-smokeball.ts'
import { close, listen } from '../../../infra/http/listen.ts'
import { lambdaEndpoint } from '../../../infra/local/aws-endpoints/lambda-endpoint.ts'
import { httpFront } from '../../../infra/local/http-front.ts'

let invoke: (event: APIGatewayProxyEventV2) => Promise<unknown>
const front = httpFront((event) => invoke(event as APIGatewayProxyEventV2), 'run-1')
let url = ''

beforeAll(async () => {
  url = await listen(front)
})
afterAll(() => close(front))

/** What the function gets for a request. */
async function eventOf(body: string | Buffer, headers: Record<string, string | string[]>) {
  let seen: APIGatewayProxyEventV2 | undefined
  invoke = async (event) => {
    seen = event
    return { statusCode: 200 }
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const sent = request(`${url}/smokeball?a=1`, { method: 'POST', headers }, (response) =>
    response.resume().on('end', resolve),
  )
  sent.on('error', reject).end(body)
  await promise
  return seen
}

it('hands over payload format 2.0 with lower-case header names', async () => {
  const event = await eventOf('{"ä":1}', {
    'Content-Type': 'application/json; charset=utf-8',
    RequestId: 'R',
    Multi: ['1', '2'],
  })
  expect(event).toMatchObject({
    version: '2.0',
    routeKey: 'POST /smokeball',
    rawPath: '/smokeball',
    rawQueryString: 'a=1',
    headers: { requestid: 'R', multi: '1,2' },
    body: '{"ä":1}',
    isBase64Encoded: false,
    requestContext: {
      stage: '$default',
      http: { method: 'POST', path: '/smokeball', sourceIp: '127.0.0.1' },
    },
  })
})

it.each([
  ['a type that is not text', Buffer.from('{}'), 'application/octet-stream'],
  ['no type', Buffer.from('{}'), undefined],
  ['JSON that is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'application/json'],
])('hands over base64 for %s', async (_what, body, type) => {
  const event = await eventOf(body, type ? { 'content-type': type } : {})
  expect(event?.isBase64Encoded).toBe(true)
  expect(Buffer.from(event?.body ?? '', 'base64')).toEqual(body)
})

it('has no body for an empty one', async () => {
  const event = await eventOf('', { 'content-type': 'application/json' })
  expect(event).toMatchObject({ isBase64Encoded: false })
  expect(event).not.toHaveProperty('body')
})

it('answers what the function answers, and 500 without a word when it fails', async () => {
  invoke = async () => ({
    statusCode: 503,
    headers: { 'retry-after': '5' },
    body: 'aGk=',
    isBase64Encoded: true,
  })
  const busy = await fetch(`${url}/smokeball`, { method: 'POST' })
  expect([busy.status, busy.headers.get('retry-after'), await busy.text()]).toEqual([503, '5', 'hi'])
  invoke = async () => {
    throw new Error('secret detail')
  }
  const failed = await fetch(`${url}/smokeball`, { method: 'POST' })
  expect([failed.status, await failed.text()]).toEqual([500, '{"message":"Internal Server Error"}'])
})

it('answers 404 elsewhere, 413 over 10 MB, and 200 for the health check', async () => {
  invoke = async () => ({ statusCode: 200 })
  const answers = await Promise.all([
    fetch(`${url}/other`, { method: 'POST' }),
    fetch(`${url}/smokeball`),
    fetch(`${url}/smokeball`, { method: 'POST', body: Buffer.alloc(10 * 1024 * 1024 + 1) }),
    fetch(`${url}/health`),
  ])
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 413, 200])
  expect(await answers[0]?.text()).toBe('{"message":"Not Found"}')
  expect(await answers[3]?.json()).toEqual({ status: 'ready', run: 'run-1' })
})

it('takes the event of 6 MB that Lambda takes, and no longer one', async () => {
  invoke = async (event) => ({ statusCode: 200, body: String(event.body?.length) })
  const answered = async (bytes: number, type: string, character = 'a') => {
    const headers = { 'content-type': type }
    const response = await fetch(`${url}/smokeball`, {
      method: 'POST',
      body: Buffer.alloc(bytes, character),
      headers,
    })
    return [response.status, await response.text()]
  }
  const mib = 1024 * 1024
  const tooLarge = [413, '{"message":"Request Entity Too Large"}']
  // The envelope takes less than 2 KB of it.
  expect(await answered(6 * mib - 2_000, 'text/plain')).toEqual([200, String(6 * mib - 2_000)])
  expect(await answered(6 * mib, 'text/plain')).toEqual(tooLarge)
  // Each of these characters takes two bytes in JSON.
  for (const character of ['"', '\n', '\\']) {
    expect(await answered(3 * mib - 2_000, 'text/plain', character)).toEqual([200, String(3 * mib - 2_000)])
    expect(await answered(3 * mib, 'text/plain', character)).toEqual(tooLarge)
  }
  // A control character takes six.
  expect(await answered(mib, 'text/plain', '\u0001')).toEqual(tooLarge)
  // Base64 makes four bytes of three.
  expect(await answered(4.5 * mib - 2_000, 'application/octet-stream')).toEqual([200, expect.any(String)])
  expect(await answered(4.5 * mib, 'application/octet-stream')).toEqual(tooLarge)
})

it('takes an event of exactly as many bytes as Lambda names in its refusal', async () => {
  const padded = async (bytes: number) => {
    const response = await fetch(`${url}/smokeball`, {
      method: 'POST',
      body: Buffer.alloc(bytes, 'a'),
      headers: { 'content-type': 'text/plain' },
    })
    return response.status
  }
  let envelope = 0
  invoke = async (event) => {
    envelope = Buffer.byteLength(JSON.stringify(event)) - (event.body?.length ?? 0)
    return { statusCode: 200 }
  }
  // The length of the body stands in a header of the event: it has as many digits as those below.
  expect(await padded(6_000_000)).toBe(200)
  expect([await padded(6_291_456 - envelope), await padded(6_291_457 - envelope)]).toEqual([200, 413])
})

it('takes the 10 KB of headers that API Gateway takes, by their values', async () => {
  invoke = async () => ({ statusCode: 200 })
  const send = async (bytes: number) => {
    const headers = Object.fromEntries(
      Array.from({ length: 10 }, (_, at) => [`X-${at}`, 'a'.repeat(bytes / 10)]),
    )
    return (await fetch(`${url}/smokeball`, { method: 'POST', headers })).status
  }
  expect([await send(10_000), await send(10_240)]).toEqual([200, 431])
})

/** The status of what a server answers to bytes; none when it breaks off. */
async function statusOf(server: string, head: string): Promise<string | undefined> {
  const { port, host } = new URL(server)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(`${head.replace('HOST', host)}Connection: close\r\nContent-Length: 0\r\n\r\n`)
  const answer = await text(socket).catch(() => '')
  return /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]
}

const targets = [
  ...[
    '//',
    '///',
    '//x/smokeball',
    '//smokeball',
    '/smokeball/',
    '/smokeball//',
    '/./smokeball',
    '/x/../smokeball',
  ],
  ...['/%', '/%00', '/%2', '/smokeb%61ll', '/SMOKEBALL', '/smokeball#x', '//[', '/[', '*', '/*'],
  ...[
    'http://',
    'http://[::1',
    'http://[::1/smokeball/',
    'http://evil.example',
    'http://evil.example//',
    'x://y/z',
  ],
  `/${'a'.repeat(10_000)}`,
]
const methods = ['GET', 'POST', 'PUT', 'PROPFIND', 'TRACE', 'OPTIONS']

it.for(targets)('answers 404 at the path %s, whatever is asked of it', async (target) => {
  const asked = methods.map((method) => statusOf(url, `${method} ${target} HTTP/1.1\r\nHost: HOST\r\n`))
  expect(await Promise.all(asked)).toEqual(methods.map(() => '404'))
})

it('answers every request, whatever its form', async () => {
  invoke = async ({ rawPath, rawQueryString }) => ({
    statusCode: rawPath === '/smokeball' ? 200 : 500,
    body: rawQueryString,
  })
  const asked = [
    ['POST /smokeball HTTP/1.1\r\nHost: HOST\r\n', '200'],
    ['POST /smokeball? HTTP/1.1\r\nHost: HOST\r\n', '200'],
    ['POST /smokeball?//x HTTP/1.1\r\nHost: HOST\r\n', '200'],
    // It came through a tunnel that keeps the whole URL.
    ['POST https://tunnel.example/smokeball?a HTTP/1.1\r\nHost: tunnel.example\r\n', '200'],
    ['POST /smokeball HTTP/1.0\r\n', '200'],
    ['POST /smokeball HTTP/1.1\r\n', '400'],
    ['GET // HTTP/1.0\r\n', '403'],
    ['CONNECT crm.example:443 HTTP/1.1\r\nHost: HOST\r\n', '403'],
    ['NOSUCH / HTTP/1.1\r\nHost: HOST\r\n', '400'],
    ['GET no-slash HTTP/1.1\r\nHost: HOST\r\n', '400'],
    [`GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: HOST\r\n`, '431'],
  ] as const
  expect(await Promise.all(asked.map(([head]) => statusOf(url, head)))).toEqual(
    asked.map(([, status]) => status),
  )
})

it('is no other at the servers beside it: they answer at every path', async () => {
  const none = async () => undefined
  const functions = { receiver: none, consumer: none, keeper: none }
  const endpoint = lambdaEndpoint({ functions, mappings: [] })
  const lambda = await listen(endpoint)
  onTestFinished(() => close(endpoint))
  const fake = await startFakeSmokeball()
  onTestFinished(fake.stop)
  const paths = [
    ...targets,
    '/2015-03-31/functions/%/invocations',
    '/2015-03-31//',
    '/%/webhooks',
    '/oauth2/token/%',
  ]
  const asked = paths.flatMap((path) =>
    [lambda, fake.url].map(async (server) => [
      path,
      await statusOf(server, `GET ${path} HTTP/1.1\r\nHost: HOST\r\n`),
    ]),
  )
  expect((await Promise.all(asked)).filter(([, status]) => !/^4/.test(status ?? ''))).toEqual([])
})
