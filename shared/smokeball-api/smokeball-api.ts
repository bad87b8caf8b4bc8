import type { TimeLimit } from '../runtime/time-limit.ts'
import { newRequestId } from '../signing/request-id.ts'
import type { ApiCredentials } from './api-credentials.ts'
import { InvalidApiCall, SmokeballError } from './api-errors.ts'
import { checkPath } from './api-url.ts'
import { checkReference, type RecordedWrite } from './recorded-writes.ts'
import { isWrite, type SendDeps, sendWithRetries } from './send-call.ts'
import { outOfTimeWaitMs, tryLater } from './try-later.ts'

export interface SmokeballApiDeps extends SendDeps {
  eightRandomBytes(): Uint8Array
  /** Asked for each call. Throws `MissingApiCredentials`. */
  credentials(signal: AbortSignal): Promise<ApiCredentials>
  /** It is there before there are credentials. Throws `MissingApiCredentials`. */
  requestIdKey(signal: AbortSignal): Promise<string>
  /** Called once for each write, before it is sent; if it throws, the write is not sent. */
  recordWrite(write: RecordedWrite, signal: AbortSignal): Promise<void>
}

/** What `fetch` takes. The body cannot be a stream, since a call may be sent again; redirects are never followed. */
export interface SmokeballInit extends RequestInit {
  /** A text of the user's for a write, up to 256 characters: it comes back with the event of its failure. */
  reference?: string
}

/** What our own calls say besides. */
interface CallInit extends SmokeballInit {
  /** What is sent and must not show in an error, though the answer quotes it: by name. */
  secrets?: ReadonlyMap<string, string>
}

/** Until when a call may take, and what the record of a write says of who made it. */
export interface CallContext extends Pick<RecordedWrite, 'handler' | 'eventId' | 'resource'> {
  limit: Pick<TimeLimit, 'signalEpochMs' | 'signal'>
}

export interface SmokeballApi {
  /**
   * Calls the API for an account and returns its 2xx answer. Writes carry a `RequestId` of ours, the same in every try.
   * Throws `SmokeballError` for any other answer, `SmokeballUnreachable`, `NoAccessToken`, `FirmDisconnected`,
   * `MissingApiCredentials`, `InvalidApiCall`, and `RetryAfter` when the time that is left does not suffice.
   */
  fetch(accountId: string, path: string, init: CallInit, context: CallContext): Promise<Response>
  /**
   * Records a write that is made by other means, and returns the RequestId of ours to send with it. Throws
   * `MissingApiCredentials`, `InvalidApiCall`.
   */
  recordWrite(accountId: string, write: OutsideWrite, context: CallContext): Promise<string>
}

/** A write that the user makes without `fetch`. */
export interface OutsideWrite extends Pick<RecordedWrite, 'method' | 'path' | 'reference'> {
  /** The one that it is sent with, if that is settled already. @default a new one of ours */
  requestId?: string
}

/** So much earlier than handlers are signalled, for what a handler does with the error. */
const reportMs = 100

/** Smokeball's API for handlers and commands: key, tokens, rate limit, retries, and writes that find their cause. */
export function smokeballApi(deps: SmokeballApiDeps): SmokeballApi {
  return {
    fetch: (accountId, path, init, context) => fetchInTime(deps, accountId, path, init, context),
    async recordWrite(accountId, write, { limit, ...caller }) {
      checkReference(write.reference)
      const requestId = write.requestId ?? (await ownRequestId(deps, limit.signal))
      const made = { ...write, requestId, accountId, atEpochMs: deps.clock.now(), ...caller }
      await deps.recordWrite(made, limit.signal)
      return requestId
    },
  }
}

async function fetchInTime(
  deps: SmokeballApiDeps,
  accountId: string,
  path: string,
  init: CallInit,
  { limit, ...caller }: CallContext,
): Promise<Response> {
  checkPath(path, accountId)
  checkReference(init.reference)
  checkBody(init.body)
  const untilEpochMs = limit.signalEpochMs - reportMs
  const timeIsUp = new AbortController()
  const cancel = deps.clock.after(untilEpochMs - deps.clock.now(), () =>
    timeIsUp.abort(tryLater(outOfTimeWaitMs, deps.random(), notAnswered(path))),
  )
  const signal = AbortSignal.any([timeIsUp.signal, limit.signal, ...(init.signal ? [init.signal] : [])])
  try {
    return await send(deps, { accountId, path, init, caller, untilEpochMs, signal })
  } catch (error) {
    // What fails because of the signal is told by the signal: `RetryAfter`, or the caller's own reason.
    if (!(error instanceof SmokeballError)) signal.throwIfAborted()
    throw error
  } finally {
    cancel()
  }
}

function notAnswered(path: string): string {
  return `${path} was not answered in time; a write may have been carried out all the same.`
}

async function send(
  deps: SmokeballApiDeps,
  request: {
    accountId: string
    path: string
    init: CallInit
    caller: Omit<CallContext, 'limit'>
    untilEpochMs: number
    signal: AbortSignal
  },
): Promise<Response> {
  const { caller, ...rest } = request
  const { accountId, path, signal } = rest
  const { reference, secrets, ...init } = rest.init
  const method = (init.method ?? 'GET').toUpperCase()
  const credentials = await deps.credentials(signal)
  const headers = headersOf(init, credentials)
  const call = { ...rest, init, method, headers, credentials, ...(secrets && { secrets }) }
  if (!isWrite(method)) return sendWithRetries(deps, call)
  const requestId = newRequestId(credentials.requestIdKey, deps.eightRandomBytes())
  headers.set('RequestId', requestId)
  const named = { ...caller, ...(reference !== undefined && { reference }) }
  return sendWithRetries(deps, call, () =>
    deps.recordWrite({ requestId, accountId, method, path, atEpochMs: deps.clock.now(), ...named }, signal),
  )
}

async function ownRequestId(deps: SmokeballApiDeps, signal: AbortSignal): Promise<string> {
  return newRequestId(await deps.requestIdKey(signal), deps.eightRandomBytes())
}

function headersOf(init: RequestInit, { apiKey }: ApiCredentials): Headers {
  const headers = new Headers(init.headers)
  if (!headers.has('accept')) headers.set('accept', 'application/json')
  // Else `fetch` would call a text plain.
  if (typeof init.body === 'string' && !headers.has('content-type'))
    headers.set('content-type', 'application/json')
  headers.set('x-api-key', apiKey)
  return headers
}

function checkBody(body: unknown): void {
  const isStream = typeof body === 'object' && body !== null && Symbol.asyncIterator in body
  if (isStream)
    throw new InvalidApiCall(
      'The body is a stream, which cannot be sent twice: pass a text, bytes, a Blob or FormData.',
    )
}
