import { systemAccountId } from '../../shared/smokeball-api/system-account.ts'
import type { Call } from './call.ts'
import type { Client, Clients } from './clients.ts'
import { Problem } from './problem.ts'
import type { Token, Tokens } from './tokens.ts'
import type { Unstated } from './unstated.ts'

/** Who calls, and for which firm. */
export interface Caller {
  clientId: string
  accountId: string
}

export interface AuthorizeDeps {
  clients: Clients
  tokens: Tokens
  tooEarlyMs(clientId: string): number
  unstated: Unstated
}

/** Checks a call, in this order: API key, token, rate, scope, account. Throws a `Problem`. */
export function authorize(deps: AuthorizeDeps, call: Call, scope: string | undefined): Caller {
  const { refusals, retryAfterOn429 } = deps.unstated

  // 1. The API key tells the client.
  const client = deps.clients.known.find(({ apiKey }) => apiKey === call.headers['x-api-key'])
  if (!client) throw new Problem(refusals.apiKey, 'The header x-api-key is missing or not known here.')

  // 2. The token is alive and of the same client.
  const bearer = /^Bearer (.+)$/i.exec(call.headers.authorization ?? '')?.[1] ?? ''
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
  const accountId = call.pathAccountId ?? token.accountId ?? (own.length === 1 ? own[0] : undefined)
  if (accountId === undefined)
    throw new Problem(400, 'This client may act for several accounts: put the account in front of the path.')
  if (accountId === systemAccountId) return accountId
  const isTokens = token.accountId === undefined || token.accountId === accountId
  if (!own.includes(accountId) || !isTokens)
    throw new Problem(403, `The access token is not for account ${accountId}.`)
  const isGranted = deps.clients.mayActFor(client.clientId, accountId)
  if (!isGranted && deps.unstated.revokedAccessTokens === 'refused')
    throw new Problem(deps.unstated.refusals.token, `Account ${accountId} does not grant access any more.`)
  return accountId
}
