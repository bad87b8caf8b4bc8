import { answerTimeout, type Clock, wait } from '../runtime/clock.ts'
import type { AccessToken, AccessTokens } from './access-tokens.ts'
import { systemAccountId } from './account.ts'
import type { ApiCredentials } from './api-credentials.ts'
import { NoAccessToken, SmokeballError, SmokeballUnreachable } from './api-errors.ts'
import { apiUrl } from './api-url.ts'
import type { TokenBucket } from './token-bucket.ts'
import { outOfTimeWaitMs, retryAfterMs, tryLater } from './try-later.ts'

export interface SendDeps {
  fetch: typeof fetch
  clock: Clock
  /** In [0, 1). */
  random(): number
  tokens: AccessTokens
  bucket: TokenBucket
}

/** A call, ready to be sent as often as needed. */
interface ApiCall {
  accountId: string
  method: string
  path: string
  init: RequestInit
  headers: Headers
  credentials: ApiCredentials
  /** The secrets that the call sends, by name: no error may quote them. */
  secrets?: ReadonlyMap<string, string>
  /** When its time is over, in milliseconds since 1970. */
  untilEpochMs: number
  /** Fires then, or when the caller gives up. */
  signal: AbortSignal
}

const reading = new Set(['GET', 'HEAD', 'OPTIONS'])
/** A call with one of these methods may be sent twice, and does the same: https://www.rfc-editor.org/rfc/rfc9110#name-idempotent-methods */
const idempotent = new Set([...reading, 'PUT', 'DELETE'])

function isIdempotent(method: string): boolean {
  return idempotent.has(method)
}

export function isWrite(method: string): boolean {
  return !reading.has(method)
}

const maxTries = 5
/** No call is begun with less time left than this. */
const leastMs = 1_000
const firstBackOffMs = 500
const longestBackOffMs = 8_000

/**
 * Sends a call until it is answered: again after 429 and, where that does no harm, after 5xx and without an answer; once
 * more with a new token after 401. `record` runs before it is first sent. Throws `RetryAfter` rather than wait for longer
 * than the time that is left.
 */
export async function sendWithRetries(
  deps: SendDeps,
  call: ApiCall,
  record?: () => Promise<void>,
): Promise<Response> {
  let isRecorded = false
  let refusedToken: AccessToken | undefined
  for (let tries = 1; ; tries++) {
    let token: AccessToken | undefined
    try {
      token = await untilAborted(deps.tokens.get(call.credentials, call.accountId), call.signal)
      const waitMs = await takeTurn(deps, call)
      // Not before: a write that finds no turn is not sent, and counts for nothing.
      if (!isRecorded) await record?.()
      isRecorded = true
      if (waitMs > 0) await wait(deps.clock, waitMs, call.signal)
      return await sendOnce(deps, call, token)
    } catch (error) {
      if (token && !refusedToken && isTokenRefused(error)) {
        refusedToken = token
        deps.tokens.drop(token)
        continue
      }
      if (!mayRepeat(error, call.method)) throw error
      await backOff(deps, call, tries, error)
    }
  }
}

/** In how many milliseconds the turn comes. */
async function takeTurn(deps: SendDeps, call: ApiCall): Promise<number> {
  const why = "The client's 5 calls a second are all taken."
  const maxWaitMs = call.untilEpochMs - leastMs - deps.clock.now()
  if (maxWaitMs < 0)
    throw tryLater(outOfTimeWaitMs, deps.random(), `${call.method} ${call.path} was not sent.`)
  const { kind, waitMs } = await deps.bucket.take(call.credentials.clientId, maxWaitMs, call.signal)
  if (kind === 'full') throw tryLater(waitMs, deps.random(), why)
  return waitMs
}

function isTokenRefused(error: unknown): boolean {
  return error instanceof SmokeballError && error.status === 401
}

type Passing = (SmokeballError | SmokeballUnreachable | NoAccessToken) & { retryAfterMs?: number | undefined }

/** A call that was refused for its rate, or never sent, has done nothing yet. */
function mayRepeat(error: unknown, method: string): error is Passing {
  if (error instanceof NoAccessToken) return error.isPassing
  if (error instanceof SmokeballUnreachable) return error.wasNeverSent || isIdempotent(method)
  if (!(error instanceof SmokeballError)) return false
  return error.status === 429 || (error.status >= 500 && error.status !== 501 && isIdempotent(method))
}

async function backOff(deps: SendDeps, call: ApiCall, tries: number, error: Passing): Promise<void> {
  const fullMs = Math.min(firstBackOffMs * 2 ** (tries - 1), longestBackOffMs)
  const jittered = Math.round(fullMs * (0.5 + deps.random() / 2))
  const waitMs = Math.max(jittered, error.retryAfterMs ?? 0)
  const isTooLate = deps.clock.now() + waitMs + leastMs > call.untilEpochMs
  if (tries >= maxTries && !(error instanceof SmokeballError && error.status === 429)) throw error
  if (tries >= maxTries || isTooLate) throw tryLater(waitMs, deps.random(), error.message, error)
  await wait(deps.clock, waitMs, call.signal)
}

const timeoutMs = 10_000

/** Sends a call and returns its 2xx answer. Throws `SmokeballError` for any other, `SmokeballUnreachable` without one. */
async function sendOnce(
  { fetch, clock }: Pick<SendDeps, 'fetch' | 'clock'>,
  call: ApiCall,
  token: AccessToken,
): Promise<Response> {
  const { accountId, method, path, init, credentials } = call
  const mustSayForWhom = credentials.actsFor === 'many' || accountId === systemAccountId
  const isNamed = token.grant === 'client-credentials' && mustSayForWhom
  const url = apiUrl(credentials.apiUrl, isNamed ? accountId : undefined, path, accountId)
  const headers = new Headers(call.headers)
  headers.set('authorization', `Bearer ${token.value}`)
  const timeout = answerTimeout(clock, timeoutMs)
  try {
    const signal = AbortSignal.any([call.signal, timeout.signal])
    // A redirect to another host would take the API key along.
    const response = await fetch(url, { ...init, method, headers, redirect: 'manual', signal })
    if (response.ok) return response
    const refusal = {
      method,
      path,
      status: response.status,
      body: await response.text().catch(() => ''),
      retryAfterMs: retryAfterMs(response.headers.get('retry-after'), clock.now()),
    }
    throw new SmokeballError(refusal, credentials, secretsOf(call, token))
  } catch (error) {
    if (error instanceof SmokeballError) throw error
    throw new SmokeballUnreachable({ method, path, host: new URL(url).host }, error)
  } finally {
    timeout.cancel()
  }
}

function secretsOf(
  { credentials, secrets = new Map() }: ApiCall,
  token: AccessToken,
): ReadonlyMap<string, string> {
  const { apiKey, clientSecret, requestIdKey } = credentials
  return new Map([
    ...secrets,
    ['apiKey', apiKey],
    ['clientSecret', clientSecret],
    ['requestIdKey', requestIdKey],
    ['token', token.value],
  ])
}

/** What the promise brings; rejects with the signal's reason as soon as that fires, and leaves the work to others who wait for it. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
