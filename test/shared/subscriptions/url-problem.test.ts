import { createServer, type RequestListener } from 'node:http'
import { expect, it, type TestContext } from 'vitest'
import { answerTo } from '../../../functions/receiver/http-delivery.ts'
import { close, listen } from '../../../infra/http/listen.ts'
import { urlProblem } from '../../../shared/subscriptions/url-problem.ts'

async function served({ onTestFinished }: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  const url = await listen(server, 0)
  onTestFinished(() => close(server))
  return url
}

/** A receiver that refuses. */
function receiver(context: TestContext, id: string): Promise<string> {
  const { statusCode = 0, headers = {}, body = '' } = answerTo('refused', { receiverId: id })
  return served(context, (_, response) =>
    response.writeHead(statusCode, headers as Record<string, string>).end(body),
  )
}

it('a receiver answers what is expected of it', async (context) => {
  const url = await receiver(context, 'ours')
  expect(await urlProblem(fetch, url)).toBeUndefined()
  expect(await urlProblem(fetch, url, 'ours')).toBeUndefined()
})

it("another deployment's receiver is told from ours", async (context) => {
  const problem = { kind: 'other-receiver', detail: '401' }
  expect(await urlProblem(fetch, await receiver(context, 'theirs'), 'ours')).toEqual(problem)
})

it('an API that refuses with the same words, as authorizers of API Gateway do, is no receiver', async (context) => {
  const url = await served(context, (_, response) =>
    response.writeHead(401).end('{"message":"Unauthorized"}'),
  )
  expect(await urlProblem(fetch, url, 'ours')).toEqual({ kind: 'other-answer', detail: '401' })
})

it.for([
  [401, 'Who are you?'],
  [401, ''],
  [200, '{"message":"Unauthorized"}'],
  [301, ''],
  [404, '{"message":"Not Found"}'],
  [503, '{"message":"Service Unavailable"}'],
] as const)('an answer of %i %s is not one of a receiver', async ([status, body], context) => {
  const url = await served(context, (_, response) =>
    response.writeHead(status, { location: '/elsewhere' }).end(body),
  )
  expect(await urlProblem(fetch, url)).toEqual({ kind: 'other-answer', detail: String(status) })
})

it('a body without an end is not read to its end', async (context) => {
  const url = await served(context, (_, response) => {
    response.writeHead(200).write('x'.repeat(10))
  })
  expect(await urlProblem(fetch, url)).toMatchObject({ kind: 'other-answer' })
})

it('nobody there is no answer; nor is a connection that is cut', async (context) => {
  expect(await urlProblem(fetch, 'http://127.0.0.1:9/smokeball')).toMatchObject({ kind: 'no-answer' })
  const url = await served(context, ({ socket }) => void socket.destroy())
  expect(await urlProblem(fetch, url)).toMatchObject({ kind: 'no-answer' })
})

it('a name that there is not has no address', async () => {
  expect(await urlProblem(fetch, 'https://hooks.firm.invalid/smokeball')).toMatchObject({
    kind: 'no-address',
    detail: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
  })
})

it('who does not speak TLS has no certificate', async (context) => {
  const url = await served(context, (_, response) => response.end())
  expect(await urlProblem(fetch, url.replace('http:', 'https:'))).toMatchObject({ kind: 'certificate' })
})

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes */
it.each([
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_SSL_TLSV1_UNRECOGNIZED_NAME',
])('the failure %s is one of the certificate', async (code) => {
  const failing = () => Promise.reject(new TypeError('fetch failed', { cause: { code } }))
  expect(await urlProblem(failing, 'https://hooks.firm.example/smokeball')).toEqual({
    kind: 'certificate',
    detail: code,
  })
})
