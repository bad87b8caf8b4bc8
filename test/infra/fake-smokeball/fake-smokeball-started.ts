import { createServer, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'vitest'
import type { FakeSmokeball, FakeSmokeballOptions } from '../../../infra/fake-smokeball/fake-smokeball.ts'
import { startFakeSmokeball } from '../../../infra/fake-smokeball/start-fake-smokeball.ts'
import { close, listen } from '../../../infra/http/listen.ts'
import { type JsonValue, parseLossless, stringifyLossless } from '../../../shared/event/lossless-json.ts'

/** The samples' firm and what it keeps from the start. */
export const accountId = '1e53979d-9269-4159-b104-2e603670f59d'
export const matterId = '68df1d38-b9a3-4855-b32f-6af1aae2f258'
export const contactId = '6aeee3fb-7587-4b33-8570-9d34dbde5d8f'
export const taskId = '4c7d2a0e-55f1-4a7e-9b0c-6f0f8c9d1e22'

type Json = Record<string, JsonValue>

export interface Answered {
  status: number
  headers: Headers
  contentType: string | null
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came.
  body: any
}

export type CallFake = (method: string, path: string, body?: Json, headers?: Json) => Promise<Answered>

/** A fake Smokeball without a rate limit, and calls to it as its first client. */
export async function startedFake(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  options: FakeSmokeballOptions = {},
): Promise<{ fake: FakeSmokeball; call: CallFake }> {
  const fake = await startFakeSmokeball({ rateLimit: 'off', ...options })
  onTestFinished(() => fake.stop())
  return { fake, call: callerOf(fake, fake.credentials) }
}

/** Calls as a client, with a token that it fetches once. */
export function callerOf({ url }: FakeSmokeball, credentials: FakeSmokeball['credentials']): CallFake {
  let token: Promise<string> | undefined
  return async (method, path, body, headers = {}) => {
    token ??= tokenOf(url, credentials)
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        'x-api-key': credentials.apiKey,
        authorization: `Bearer ${await token}`,
        ...(headers as Record<string, string>),
      },
      ...(body && { body: stringifyLossless(body) }),
    })
    return answered(response)
  }
}

export async function tokenOf(url: string, credentials: FakeSmokeball['credentials']): Promise<string> {
  const { body } = await askToken(url, credentials, {
    grant_type: 'client_credentials',
    client_id: credentials.clientId,
  })
  return body.access_token
}

export async function askToken(
  url: string,
  { clientId, clientSecret }: { clientId: string; clientSecret: string },
  form: Record<string, string>,
): Promise<Answered> {
  const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
  const body = new URLSearchParams(form)
  return answered(await fetch(`${url}/oauth2/token`, { method: 'POST', headers: { authorization }, body }))
}

async function answered(response: Response): Promise<Answered> {
  const body = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    contentType: response.headers.get('content-type'),
    body: body === '' ? undefined : parseLossless(body),
  }
}

export interface Received {
  headers: IncomingHttpHeaders
  /** The exact text. */
  body: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came.
  event: any
}

/** A callback URL that keeps what it gets. `status`: of the answer to the n-th delivery; 'hang' gives none. */
export async function startedReceiver(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  status: (nth: number) => number | 'hang' = () => 200,
): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    received.push({ headers: request.headers, body, event: parseLossless(body) })
    const answer = status(received.length)
    if (answer !== 'hang') response.writeHead(answer).end()
  })
  const url = await listen(server)
  onTestFinished(() => close(server))
  return { url, received }
}

/** Time that passes only when it is told to. */
export function manualClock(startEpochMs = Date.UTC(2026, 0, 1)) {
  let epochMs = startEpochMs
  return {
    now: () => epochMs,
    after: () => () => {},
    advance(ms: number) {
      epochMs += ms
    },
  }
}
