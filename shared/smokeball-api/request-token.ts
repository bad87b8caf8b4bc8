import { parseRounding } from '../event/lossless-json.ts'
import type { Clock } from '../runtime/clock.ts'
import type { ApiCredentials } from './api-credentials.ts'
import { FirmDisconnected, NoAccessToken } from './no-access-token.ts'
import { retryAfterMs } from './retry-after-ms.ts'

export interface RequestTokenDeps {
  fetch: typeof fetch
  clock: Clock
}

export interface IssuedToken {
  value: string
  lifetimeMs: number
  /** In place of the one that was used, if there is a new one. */
  refreshToken: string | undefined
}

const timeoutMs = 10_000
/** How long a token lives that does not say it. */
const unstatedLifetimeMs = 5 * 60_000

/**
 * Asks for an access token: by a refresh token, else by client credentials. Throws `NoAccessToken`, or `FirmDisconnected`
 * when the refresh token is no longer taken. https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
 */
export async function requestToken(
  deps: RequestTokenDeps,
  credentials: ApiCredentials,
  by: { accountId: string; refreshToken: string | undefined },
): Promise<IssuedToken> {
  const { status, answer, retryAfterMs } = await send(deps, credentials, by.refreshToken)
  const { access_token: value, expires_in: seconds, refresh_token: refreshToken } = answer
  if (status === 200 && typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)) {
    return {
      value,
      lifetimeMs: Number(seconds) > 0 ? Number(seconds) * 1000 : unstatedLifetimeMs,
      refreshToken: typeof refreshToken === 'string' && refreshToken !== '' ? refreshToken : undefined,
    }
  }
  const error = typeof answer.error === 'string' && /^\w{1,40}$/.test(answer.error) ? answer.error : undefined
  if (by.refreshToken !== undefined && error === 'invalid_grant') throw new FirmDisconnected(by.accountId)
  throw new NoAccessToken(credentials, { status, error, retryAfterMs })
}

async function send(
  { fetch, clock }: RequestTokenDeps,
  credentials: ApiCredentials,
  refreshToken: string | undefined,
): Promise<{ status: number; answer: Record<string, unknown>; retryAfterMs: number | undefined }> {
  const { clientId, clientSecret, authUrl } = credentials
  const timeout = new AbortController()
  const cancel = clock.after(timeoutMs, () => timeout.abort(new DOMException('No answer', 'TimeoutError')))
  try {
    const response = await fetch(`${authUrl}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
      body: new URLSearchParams({
        client_id: clientId,
        ...(refreshToken === undefined
          ? { grant_type: 'client_credentials' }
          : { grant_type: 'refresh_token', refresh_token: refreshToken }),
      }),
      redirect: 'manual',
      signal: timeout.signal,
    })
    return {
      status: response.status,
      answer: parse(await response.text()),
      retryAfterMs: retryAfterMs(response.headers.get('retry-after'), clock.now()),
    }
  } catch (cause) {
    throw new NoAccessToken(credentials, { status: undefined }, { cause })
  } finally {
    cancel()
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    return Object(parseRounding(text)) as Record<string, unknown>
  } catch {
    return {}
  }
}
