/** The properties of a client of the API. Those that are not given are made up. */
export interface ClientOptions {
  clientId?: string
  clientSecret?: string
  apiKey?: string
  /**
   * Firms that have granted it access. Where there are several, calls with client credentials name theirs in the path.
   * @default the samples' firm
   */
  accounts?: readonly string[]
  /** @default webhooks/read and webhooks/write */
  scopes?: readonly string[]
}

/** A client signs in with these. */
export interface Credentials {
  clientId: string
  clientSecret: string
  apiKey: string
  /** The firms that have granted access, each with the newest refresh token. */
  accounts: { accountId: string; refreshToken: string }[]
}

export interface Client extends Credentials {
  scopes: readonly string[]
}

interface Grant {
  accountId: string
  clientId: string
  expiresEpochMs: number
}

/** The state that another `clients` begins with. */
export interface ClientsState {
  known: readonly Client[]
  grants: readonly [string, Grant][]
}

interface Deps {
  nextId(): string
  now(): number
  refreshTokenSeconds: number
}

const allScopes = ['webhooks/read', 'webhooks/write']

/** Keeps who may call, and for which firms. */
export function clients(
  { nextId, now, refreshTokenSeconds }: Deps,
  begin: ClientsState = { known: [], grants: [] },
) {
  const known: Client[] = [...begin.known]
  /** The key is the refresh token. */
  const grants = new Map<string, Grant>(begin.grants)

  function add(options: ClientOptions, accounts: readonly string[]): Client {
    const client: Client = {
      clientId: options.clientId ?? `client-${nextId()}`,
      clientSecret: options.clientSecret ?? nextId(),
      apiKey: options.apiKey ?? nextId(),
      accounts: [],
      scopes: options.scopes ?? allScopes,
    }
    known.push(client)
    for (const accountId of accounts) grant(client, accountId)
    return client
  }

  /** Makes a new refresh token of an account, and ends the previous one. */
  function grant(client: Client, accountId: string): string {
    endGrants((of) => of.accountId === accountId && of.clientId === client.clientId)
    const refreshToken = nextId()
    const expiresEpochMs = now() + refreshTokenSeconds * 1_000
    grants.set(refreshToken, { accountId, clientId: client.clientId, expiresEpochMs })
    const listed = client.accounts.find((account) => account.accountId === accountId)
    if (listed) listed.refreshToken = refreshToken
    else client.accounts.push({ accountId, refreshToken })
    return refreshToken
  }

  function endGrants(isMeant: (grant: Grant) => boolean): void {
    for (const [token, of] of grants) if (isMeant(of)) grants.delete(token)
  }

  return {
    known: known as readonly Client[],
    state: (): ClientsState => ({ known, grants: [...grants] }),
    add,
    grant,
    revoke: (accountId: string) => endGrants((of) => of.accountId === accountId),
    /** Returns the account of a refresh token that is alive and this client's. */
    accountOf({ clientId }: Client, refreshToken: string): string | undefined {
      const found = grants.get(refreshToken)
      return found?.clientId === clientId && found.expiresEpochMs > now() ? found.accountId : undefined
    },
    /** Whether a refresh token for this account is alive. */
    mayActFor(clientId: string, accountId: string): boolean {
      const isAlive = (of: Grant) => of.expiresEpochMs > now()
      return [...grants.values()].some(
        (of) => of.clientId === clientId && of.accountId === accountId && isAlive(of),
      )
    },
  }
}

export type Clients = ReturnType<typeof clients>
