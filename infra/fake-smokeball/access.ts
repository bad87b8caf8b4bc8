import { createHash } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { systemAccountId } from '../../shared/smokeball-api/account.ts'
import { type ApiEnv, answer, type Call, type Caller, Problem } from './answers.ts'
import type { Undocumented } from './behaviour.ts'
import type { Client, Clients } from './clients.ts'

/** Returns a middleware that lets a call pass if it may be made, and notes whose it is. Without a `scope`, any token will do. */
export type Authorized = (scope?: string) => MiddlewareHandler<ApiEnv>

interface AuthorizeDeps {
  clients: Clients
  tokens: Tokens
  tooEarlyMs(clientId: string): number
  undocumented: Undocumented
}

export function authorization(deps: AuthorizeDeps): Authorized {
  return (scope) => async (call, next) => {
    call.set('caller', authorize(deps, call, scope))
    await next()
  }
}

/** Checks a call, in this order: API key, token, rate, scope, account. Throws a `Problem`. */
function authorize(deps: AuthorizeDeps, call: Call, scope: string | undefined): Caller {
  const { refusals, retryAfterOn429 } = deps.undocumented

  // 1. The API key tells the client.
  const client = deps.clients.known.find(({ apiKey }) => apiKey === call.req.header('x-api-key'))
  if (!client) throw new Problem(refusals.apiKey, 'The header x-api-key is missing or not known here.')

  // 2. The token is alive and of the same client.
  const bearer = /^Bearer (.+)$/i.exec(call.req.header('authorization') ?? '')?.[1] ?? ''
  const token = deps.tokens.find(bearer)
  if (token?.clientId !== client.clientId)
    throw new Problem(refusals.token, 'The access token is missing, expired, or not from here.')

  // 3. The rate.
  const tooEarlyMs = deps.tooEarlyMs(client.clientId)
  if (tooEarlyMs > 0) {
    const headers = retryAfterOn429 ? { 'retry-after': String(Math.ceil(tooEarlyMs / 1_000)) } : {}
    throw new Problem(429, 'Too many requests.', { headers })
  }

  // 4. What the token may do.
  if (scope !== undefined && !token.scopes.includes(scope))
    throw new Problem(refusals.scope, `The access token lacks the scope ${scope}.`)

  // 5. The firm.
  return { clientId: client.clientId, accountId: accountOf(deps, call, client, token) }
}

function accountOf(deps: AuthorizeDeps, call: Call, client: Client, token: Token): string {
  const own = client.accounts.map(({ accountId }) => accountId)
  const accountId = call.var.pathAccountId ?? token.accountId ?? (own.length === 1 ? own[0] : undefined)
  if (accountId === undefined)
    throw new Problem(400, 'This client may act for several accounts: put the account in front of the path.')
  if (accountId === systemAccountId) return accountId
  const isTokens = token.accountId === undefined || token.accountId === accountId
  if (!own.includes(accountId) || !isTokens)
    throw new Problem(403, `The access token is not for account ${accountId}.`)
  const isGranted = deps.clients.mayActFor(client.clientId, accountId)
  if (!isGranted && deps.undocumented.revokedAccessTokens === 'refused')
    throw new Problem(
      deps.undocumented.refusals.token,
      `Account ${accountId} does not grant access any more.`,
    )
  return accountId
}

/** The limit is a token bucket. */
export interface RateLimit {
  perSecond: number
  burst: number
}

/** Counts the calls of clients. The function returns how many milliseconds too early a call is, and 0 if it may pass. */
export function rateLimit(limit: RateLimit | 'off', now: () => number): (clientId: string) => number {
  const buckets = new Map<string, { tokens: number; epochMs: number }>()
  return function tooEarlyMs(clientId) {
    if (limit === 'off') return 0
    const epochMs = now()
    const before = buckets.get(clientId) ?? { tokens: limit.burst, epochMs }
    const refilled = before.tokens + ((epochMs - before.epochMs) / 1_000) * limit.perSecond
    const tokens = Math.min(limit.burst, refilled)
    const passes = tokens >= 1
    buckets.set(clientId, { tokens: passes ? tokens - 1 : tokens, epochMs })
    return passes ? 0 : Math.ceil(((1 - tokens) / limit.perSecond) * 1_000)
  }
}

/** An access token. */
export interface Token {
  clientId: string
  /** The account of a refresh token. It is undefined with client credentials, which act for all accounts of the client. */
  accountId: string | undefined
  scopes: readonly string[]
  expiresEpochMs: number
}

interface Deps {
  clients: Clients
  /** The address of this Smokeball goes into its tokens: a token of one region means nothing in another. */
  url(): string
  nextId(): string
  now(): number
  tokenSeconds: number
  rotatesRefreshTokens: boolean
}

/** Issues tokens at `POST /oauth2/token`, for client credentials or a refresh token. https://www.rfc-editor.org/rfc/rfc6749#section-5 */
export function tokens(deps: Deps, begin: readonly [string, Token][] = []) {
  const { clients, url, nextId, now, tokenSeconds, rotatesRefreshTokens } = deps
  const issued = new Map(begin)

  async function issueTo(call: Call): Promise<Response> {
    const { req } = call
    if (req.method !== 'POST') return refusal(call, 405, 'invalid_request', 'Ask for tokens with POST.')
    if (!/^application\/x-www-form-urlencoded\b/.test(req.header('content-type') ?? ''))
      return refusal(call, 400, 'invalid_request', 'The body is not application/x-www-form-urlencoded.')
    const client = clientOf(call)
    if (!client)
      return refusal(call, 401, 'invalid_client', 'Client id and secret do not fit, or are not in Basic.')
    const form = new URLSearchParams(await req.text())
    if ((form.get('client_id') ?? client.clientId) !== client.clientId)
      return refusal(call, 400, 'invalid_request', 'client_id is not that of the Authorization header.')
    const scopes = form.get('scope')?.split(' ') ?? client.scopes
    if (!scopes.every((scope) => client.scopes.includes(scope)))
      return refusal(call, 400, 'invalid_scope', `This client has ${client.scopes.join(' ')}.`)
    switch (form.get('grant_type')) {
      case 'client_credentials':
        if (!form.has('client_id')) return refusal(call, 400, 'invalid_request', 'client_id is missing.')
        return issue(call, client, { scopes })
      case 'refresh_token':
        return refresh(call, client, form.get('refresh_token') ?? '', scopes)
      default:
        return refusal(call, 400, 'unsupported_grant_type', 'Only client_credentials and refresh_token.')
    }
  }

  function refresh(call: Call, client: Client, refreshToken: string, scopes: readonly string[]): Response {
    const accountId = clients.accountOf(client, refreshToken)
    if (accountId === undefined)
      return refusal(call, 400, 'invalid_grant', 'The refresh token is unknown, expired or revoked.')
    const rotated = rotatesRefreshTokens ? { refresh_token: clients.grant(client, accountId) } : {}
    return issue(call, client, { accountId, scopes }, rotated)
  }

  function issue(
    call: Call,
    { clientId }: Client,
    { accountId, scopes }: { accountId?: string; scopes: readonly string[] },
    further: { refresh_token?: string } = {},
  ): Response {
    const token = createHash('sha256').update(`${url()} ${nextId()}`).digest('base64url')
    issued.set(token, { clientId, accountId, scopes, expiresEpochMs: now() + tokenSeconds * 1_000 })
    const body = { access_token: token, token_type: 'Bearer', expires_in: tokenSeconds, ...further }
    return answer(call, 200, body, noStore)
  }

  function clientOf({ req }: Call): Client | undefined {
    const basic = /^Basic (.+)$/i.exec(req.header('authorization') ?? '')?.[1] ?? ''
    const [clientId, clientSecret] = Buffer.from(basic, 'base64').toString().split(':')
    return clients.known.find((each) => each.clientId === clientId && each.clientSecret === clientSecret)
  }

  return {
    issueTo,
    /** Returns the tokens that are alive. */
    state: (): [string, Token][] => [...issued].filter(([, { expiresEpochMs }]) => expiresEpochMs > now()),
    /** Returns the token that a call shows, unless it is unknown or has expired. */
    find(token: string): Token | undefined {
      const found = issued.get(token)
      return found && found.expiresEpochMs > now() ? found : undefined
    },
  }
}

export type Tokens = ReturnType<typeof tokens>

const noStore = { 'cache-control': 'no-store' }

function refusal(call: Call, status: number, error: string, description: string): Response {
  return answer(call, status, { error, error_description: description }, noStore)
}
