import { parseRounding } from '../event/lossless-json.ts'
import { answerTimeout, type Clock } from '../runtime/clock.ts'
import type { ApiCredentials } from './api-credentials.ts'
import { FirmDisconnected, NoAccessToken } from './api-errors.ts'
import { retryAfterMs } from './try-later.ts'

/** Where the refresh tokens of connected firms are kept. */
export interface RefreshTokenStore {
  /** Undefined if the account has none. The client's own credentials are used then. */
  read(accountId: string): Promise<string | undefined>
  /** Stores the token that a refresh brought in place of the used one. Does nothing if another one is stored by now. */
  write(accountId: string, refreshToken: string, used: string): Promise<void>
}

export interface AccessToken {
  readonly value: string
  /** A token by client credentials is nobody's in particular: it does not say for which account it acts. */
  readonly grant: 'client-credentials' | 'refresh-token'
  readonly expiresEpochMs: number
}

interface AccessTokensDeps {
  fetch: typeof fetch
  clock: Clock
  /** @default every account is reached by the client's own credentials */
  refreshTokens?: RefreshTokenStore
}

export interface AccessTokens {
  /** Throws `NoAccessToken` or `FirmDisconnected`. */
  get(credentials: ApiCredentials, accountId: string): Promise<AccessToken>
  /** The API refused the token: the next `get` asks for another one. */
  drop(token: AccessToken): void
  /** The tokens that are kept for this account alone. */
  of(accountId: string): ReadonlyMap<string, AccessToken>
  /** The account was connected anew: tokens of `by` take the place of those kept here, since its rights, or its user, may have changed. */
  replace(accountId: string, by: AccessTokens): void
}

/** A token is not used in its last minute, nor in the last half of a short life. */
const marginMs = 60_000

/** Keeps tokens in memory until shortly before they expire; one request for an account at a time. */
export function accessTokens(deps: AccessTokensDeps): AccessTokens {
  const kept = new Map<string, AccessToken>()
  const underWay = new Map<string, Promise<AccessToken>>()
  const refreshTokens = deps.refreshTokens && savedForSure(deps.refreshTokens)

  const once = (key: string, issue: () => Promise<AccessToken>) => {
    const token = kept.get(key)
    if (token && deps.clock.now() < token.expiresEpochMs) return Promise.resolve(token)
    const keep = async () => {
      const issued = await issue()
      kept.set(key, issued)
      return issued
    }
    const request = underWay.get(key) ?? keep().finally(() => underWay.delete(key))
    underWay.set(key, request)
    return request
  }
  const keptFor = (accountId: string) => new Map([...kept].filter(([key]) => key.endsWith(`|${accountId}`)))
  return {
    get(credentials, accountId) {
      const client = `${credentials.authUrl}|${credentials.clientId}|`
      const byClient = () => once(client, () => byClientCredentials(deps, credentials))
      return once(`${client}${accountId}`, async () => {
        const refreshToken = await refreshTokens?.read(accountId)
        if (refreshTokens === undefined || refreshToken === undefined) return byClient()
        return refresh({ ...deps, refreshTokens }, credentials, accountId, refreshToken)
      })
    },
    drop(token) {
      for (const [key, each] of kept) if (each.value === token.value) kept.delete(key)
    },
    of: keptFor,
    replace(accountId, by) {
      for (const key of keptFor(accountId).keys()) kept.delete(key)
      for (const [key, token] of by.of(accountId)) kept.set(key, token)
    },
  }
}

/** Smokeball has forgotten the used token by then: a successor that could not be written is written before the next read. */
function savedForSure(store: RefreshTokenStore): RefreshTokenStore {
  const unsaved = new Map<string, { refreshToken: string; used: string }>()
  const save = async (accountId: string) => {
    const { refreshToken, used } = unsaved.get(accountId) ?? {}
    if (refreshToken === undefined || used === undefined) return
    await store.write(accountId, refreshToken, used)
    unsaved.delete(accountId)
  }
  return {
    async read(accountId) {
      await save(accountId)
      return store.read(accountId)
    },
    async write(accountId, refreshToken, used) {
      unsaved.set(accountId, { refreshToken, used })
      await save(accountId)
    },
  }
}

async function byClientCredentials(
  deps: AccessTokensDeps,
  credentials: ApiCredentials,
): Promise<AccessToken> {
  const issued = await requestToken(deps, credentials, { accountId: '', refreshToken: undefined })
  return tokenOf(deps, issued, 'client-credentials')
}

async function refresh(
  deps: AccessTokensDeps & { refreshTokens: RefreshTokenStore },
  credentials: ApiCredentials,
  accountId: string,
  refreshToken: string,
): Promise<AccessToken> {
  try {
    const issued = await requestToken(deps, credentials, { accountId, refreshToken })
    if (issued.refreshToken !== undefined && issued.refreshToken !== refreshToken)
      await deps.refreshTokens.write(accountId, issued.refreshToken, refreshToken)
    return tokenOf(deps, issued, 'refresh-token')
  } catch (error) {
    if (!(error instanceof FirmDisconnected)) throw error
    // Another Lambda may have used it up meanwhile, and stored its successor.
    const successor = await deps.refreshTokens.read(accountId)
    if (successor === undefined || successor === refreshToken) throw error
    return refresh(deps, credentials, accountId, successor)
  }
}

function tokenOf(
  { clock }: AccessTokensDeps,
  { value, lifetimeMs }: IssuedToken,
  grant: AccessToken['grant'],
): AccessToken {
  return { value, grant, expiresEpochMs: clock.now() + lifetimeMs - Math.min(marginMs, lifetimeMs / 2) }
}

interface IssuedToken {
  value: string
  lifetimeMs: number
  /** The token that replaces the used one, if Smokeball gave a new one. */
  refreshToken: string | undefined
}

const timeoutMs = 10_000
/** The lifetime of a token whose answer does not state it. */
const unstatedLifetimeMs = 5 * 60_000

/**
 * Asks for an access token: by a refresh token, else by client credentials. Throws `NoAccessToken`, or `FirmDisconnected`
 * when the refresh token is no longer taken. https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
 */
async function requestToken(
  deps: AccessTokensDeps,
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
  { fetch, clock }: AccessTokensDeps,
  credentials: ApiCredentials,
  refreshToken: string | undefined,
): Promise<{ status: number; answer: Record<string, unknown>; retryAfterMs: number | undefined }> {
  const { clientId, clientSecret, authUrl } = credentials
  const timeout = answerTimeout(clock, timeoutMs)
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
    timeout.cancel()
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    return Object(parseRounding(text)) as Record<string, unknown>
  } catch {
    return {}
  }
}
