import type { AccessToken } from './access-tokens.ts'
import { type ApiCall, isIdempotent } from './api-call.ts'
import { NoAccessToken } from './no-access-token.ts'
import { pause } from './pause.ts'
import { sendOnce } from './send-once.ts'
import type { SmokeballApiDeps } from './smokeball-api.ts'
import { SmokeballError } from './smokeball-error.ts'
import { SmokeballUnreachable } from './smokeball-unreachable.ts'
import { outOfTimeWaitMs, tryLater } from './try-later.ts'
import { untilAborted } from './until-aborted.ts'

const maxTries = 5
/** A call is not begun with less time left. */
const leastMs = 1_000
const firstBackOffMs = 500
const longestBackOffMs = 8_000

/**
 * Sends a call until it is answered: again after 429 and, where that does no harm, after 5xx and without an answer; once
 * more with a new token after 401. `record` runs before it is first sent. Throws `RetryAfter` rather than wait for longer
 * than the time that is left.
 */
export async function sendWithRetries(
  deps: SmokeballApiDeps,
  call: ApiCall,
  record?: () => Promise<void>,
): Promise<Response> {
  let isRecorded = false
  let refusedToken: AccessToken | undefined
  for (let tries = 1; ; tries++) {
    let token: AccessToken | undefined
    try {
      token = await untilAborted(deps.tokens.get(call.credentials, call.accountId), call.signal)
      if (!isRecorded) await record?.()
      isRecorded = true
      await waitForPlace(deps, call)
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

async function waitForPlace(deps: SmokeballApiDeps, call: ApiCall): Promise<void> {
  const why = "The client's 5 calls a second are all taken."
  const maxWaitMs = call.untilEpochMs - leastMs - deps.clock.now()
  if (maxWaitMs < 0)
    throw tryLater(outOfTimeWaitMs, deps.random(), `${call.method} ${call.path} was not sent.`)
  const { kind, waitMs } = await deps.bucket.take(call.credentials.clientId, maxWaitMs, call.signal)
  if (kind === 'full') throw tryLater(waitMs, deps.random(), why)
  if (waitMs > 0) await pause(deps.clock, waitMs, call.signal)
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

async function backOff(deps: SmokeballApiDeps, call: ApiCall, tries: number, error: Passing): Promise<void> {
  const fullMs = Math.min(firstBackOffMs * 2 ** (tries - 1), longestBackOffMs)
  const jittered = Math.round(fullMs * (0.5 + deps.random() / 2))
  const waitMs = Math.max(jittered, error.retryAfterMs ?? 0)
  const isTooLate = deps.clock.now() + waitMs + leastMs > call.untilEpochMs
  if (tries >= maxTries && !(error instanceof SmokeballError && error.status === 429)) throw error
  if (tries >= maxTries || isTooLate) throw tryLater(waitMs, deps.random(), error.message, error)
  await pause(deps.clock, waitMs, call.signal)
}
