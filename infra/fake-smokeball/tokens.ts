import { createHash } from 'node:crypto'
import type { Answer, Call } from './call.ts'
import type { Client, Clients } from './clients.ts'

/** An access token. */
export interface Token {
  clientId: string
  /** The account of a refresh token; undefined with client credentials, which act for all accounts of the client. */
  accountId: string | undefined
  scopes: readonly string[]
  expiresEpochMs: number
}

interface Deps {
  clients: Clients
  /** They are of this Smokeball: a token of one region means nothing in another. */
  url(): string
  nextId(): string
  now(): number
  tokenSeconds: number
  rotatesRefreshTokens: boolean
}

/** `POST /oauth2/token`: client credentials, or a refresh token. https://www.rfc-editor.org/rfc/rfc6749#section-5 */
export function tokens(deps: Deps, begin: readonly [string, Token][] = []) {
  const { clients, url, nextId, now, tokenSeconds, rotatesRefreshTokens } = deps
  const issued = new Map(begin)

  function answer(call: Call): Answer {
    if (call.method !== 'POST') return refusal(405, 'invalid_request', 'Ask for tokens with POST.')
    if (!/^application\/x-www-form-urlencoded\b/.test(call.headers['content-type'] ?? ''))
      return refusal(400, 'invalid_request', 'The body is not application/x-www-form-urlencoded.')
    const client = clientOf(call)
    if (!client)
      return refusal(401, 'invalid_client', 'Client id and secret do not fit, or are not in Basic.')
    const form = new URLSearchParams(call.body)
    if ((form.get('client_id') ?? client.clientId) !== client.clientId)
      return refusal(400, 'invalid_request', 'client_id is not that of the Authorization header.')
    const scopes = form.get('scope')?.split(' ') ?? client.scopes
    if (!scopes.every((scope) => client.scopes.includes(scope)))
      return refusal(400, 'invalid_scope', `This client has ${client.scopes.join(' ')}.`)
    switch (form.get('grant_type')) {
      case 'client_credentials':
        if (!form.has('client_id')) return refusal(400, 'invalid_request', 'client_id is missing.')
        return issue(client, undefined, scopes)
      case 'refresh_token':
        return refresh(client, form.get('refresh_token') ?? '', scopes)
      default:
        return refusal(400, 'unsupported_grant_type', 'Only client_credentials and refresh_token.')
    }
  }

  function refresh(client: Client, refreshToken: string, scopes: readonly string[]): Answer {
    const accountId = clients.accountOf(client, refreshToken)
    if (accountId === undefined)
      return refusal(400, 'invalid_grant', 'The refresh token is unknown, expired or revoked.')
    return issue(
      client,
      accountId,
      scopes,
      rotatesRefreshTokens ? clients.grant(client, accountId) : undefined,
    )
  }

  function issue(
    { clientId }: Client,
    accountId: string | undefined,
    scopes: readonly string[],
    refreshToken?: string,
  ): Answer {
    const token = createHash('sha256').update(`${url()} ${nextId()}`).digest('base64url')
    issued.set(token, { clientId, accountId, scopes, expiresEpochMs: now() + tokenSeconds * 1_000 })
    const rotated = refreshToken === undefined ? {} : { refresh_token: refreshToken }
    const body = { access_token: token, token_type: 'Bearer', expires_in: tokenSeconds, ...rotated }
    return { status: 200, body, headers: { 'cache-control': 'no-store' } }
  }

  function clientOf({ headers }: Call): Client | undefined {
    const basic = /^Basic (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
    const [clientId, clientSecret] = Buffer.from(basic, 'base64').toString().split(':')
    return clients.known.find((each) => each.clientId === clientId && each.clientSecret === clientSecret)
  }

  return {
    answer,
    /** Those that are alive. */
    state: (): [string, Token][] => [...issued].filter(([, { expiresEpochMs }]) => expiresEpochMs > now()),
    /** The token that a call shows, unless it is unknown or has expired. */
    find(token: string): Token | undefined {
      const found = issued.get(token)
      return found && found.expiresEpochMs > now() ? found : undefined
    },
  }
}

export type Tokens = ReturnType<typeof tokens>

function refusal(status: number, error: string, description: string): Answer {
  return { status, body: { error, error_description: description }, headers: { 'cache-control': 'no-store' } }
}
