import type { AccessToken } from './access-tokens.ts'
import type { ApiCall } from './api-call.ts'
import { apiUrl } from './api-url.ts'
import { retryAfterMs } from './retry-after-ms.ts'
import type { SmokeballApiDeps } from './smokeball-api.ts'
import { SmokeballError } from './smokeball-error.ts'
import { SmokeballUnreachable } from './smokeball-unreachable.ts'
import { systemAccountId } from './system-account.ts'

const timeoutMs = 10_000

/** Sends a call and returns its 2xx answer. Throws `SmokeballError` for any other, `SmokeballUnreachable` without one. */
export async function sendOnce(
  { fetch, clock }: Pick<SmokeballApiDeps, 'fetch' | 'clock'>,
  call: ApiCall,
  token: AccessToken,
): Promise<Response> {
  const { accountId, method, path, init, credentials } = call
  const mustSayForWhom = credentials.actsFor === 'many' || accountId === systemAccountId
  const isNamed = token.grant === 'client-credentials' && mustSayForWhom
  const url = apiUrl(credentials.apiUrl, isNamed ? accountId : undefined, path, accountId)
  const headers = new Headers(call.headers)
  headers.set('authorization', `Bearer ${token.value}`)
  const timeout = new AbortController()
  const cancel = clock.after(timeoutMs, () => timeout.abort(new DOMException('No answer', 'TimeoutError')))
  try {
    const signal = AbortSignal.any([call.signal, timeout.signal])
    // A redirect to another host would take the API key along.
    const response = await fetch(url, { ...init, method, headers, redirect: 'manual', signal })
    if (response.ok) return response
    const refusal = {
      ...{ method, path, status: response.status, body: await response.text().catch(() => '') },
      retryAfterMs: retryAfterMs(response.headers.get('retry-after'), clock.now()),
    }
    throw new SmokeballError(refusal, credentials, secretsOf(call, token))
  } catch (error) {
    if (error instanceof SmokeballError) throw error
    throw new SmokeballUnreachable({ method, path, host: new URL(url).host }, error)
  } finally {
    cancel()
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
