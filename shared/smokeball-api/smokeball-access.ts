import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Clock } from '../runtime/clock.ts'
import { type KeptSecret, parsedSecret, usualAgeMs } from '../runtime/kept-secret.ts'
import { type AccessTokens, accessTokens } from './access-tokens.ts'
import { type Accounts, accounts } from './accounts.ts'
import { apiCredentials, requestIdKeyOf, tokenKeyOf } from './api-credentials.ts'
import { backgroundPace, backgroundTurns } from './background-turns.ts'
import { type RecordedWrite, type RecordedWrites, recordedWrites } from './recorded-writes.ts'
import { type SmokeballApi, smokeballApi } from './smokeball-api.ts'
import { storedRefreshTokens } from './stored-refresh-tokens.ts'
import { type TokenBucket, tokenBucket } from './token-bucket.ts'

interface AccessDeps {
  fetch: typeof fetch
  clock: Clock
  /** In [0, 1). */
  random(): number
  secureBytes(count: number): Uint8Array
  dynamodb: Pick<DynamoDBClient, 'send'>
  tableName: string
  /** The API's secret. */
  secret: KeptSecret
  /** It is told of each write while that is recorded, before it is sent. */
  onWrite?(write: RecordedWrite, signal: AbortSignal): Promise<void>
}

/** Smokeball's API, and the writes that were made. */
interface SmokeballAccess {
  api: SmokeballApi
  writes: RecordedWrites
  /**
   * A refresh token to connect an account with, once it has proven to work. Throws `MissingApiCredentials` if there is no key
   * yet to seal it with.
   */
  candidate(accountId: string, refreshToken: string): Promise<CandidateToken>
}

/** A refresh token that is not stored yet. */
export interface CandidateToken {
  /** Calls the API for the account with this token, and with nothing else. */
  api: SmokeballApi
  /** Whether Smokeball has given another token in its place. Then whoever handed it over cannot use it any more. */
  hasSuccessor(): boolean
  /** Connects the account with this token, or with its successor. It replaces what the account was connected with. */
  store(): Promise<void>
}

/** Wires what every caller of the API shares through the event table: tokens, rate, records of writes. */
export function smokeballAccess(deps: AccessDeps): SmokeballAccess {
  return wire(deps).access
}

/** `apiAt`: the API at another pace, with the same tokens. */
function wire(deps: AccessDeps): {
  access: SmokeballAccess
  bucket: TokenBucket
  apiAt(pace: TokenBucket): SmokeballApi
} {
  const { clock, dynamodb: client, tableName, secret, onWrite, secureBytes } = deps
  const { now } = clock
  const writes = recordedWrites({ client, tableName })
  const tokenKey = () => parsedSecret(secret, tokenKeyOf, usualAgeMs, new AbortController().signal)
  const refreshTokens = storedRefreshTokens({
    client,
    tableName,
    tokenKey,
    twelveRandomBytes: () => secureBytes(12),
  })
  const tokens = accessTokens({ fetch: deps.fetch, clock, refreshTokens })
  const bucket = tokenBucket({ client, tableName, now })
  const apiBy = (by: AccessTokens, pace = bucket) =>
    smokeballApi({
      fetch: deps.fetch,
      clock,
      random: deps.random,
      eightRandomBytes: () => secureBytes(8),
      credentials: (signal) => parsedSecret(secret, apiCredentials, usualAgeMs, signal),
      requestIdKey: (signal) => parsedSecret(secret, requestIdKeyOf, usualAgeMs, signal),
      tokens: by,
      bucket: pace,
      async recordWrite(write, signal) {
        await Promise.all([writes.recordWrite(write, signal), onWrite?.(write, signal)])
      },
    })
  const access: SmokeballAccess = {
    api: apiBy(tokens),
    writes,
    async candidate(accountId, refreshToken) {
      // Without the key, a successor could not be stored, and would be lost.
      await tokenKey()
      let newest = refreshToken
      const inMemory = {
        read: async () => newest,
        async write(_account: string, successor: string) {
          newest = successor
        },
      }
      const candidates = accessTokens({ fetch: deps.fetch, clock, refreshTokens: inMemory })
      return {
        api: apiBy(candidates),
        hasSuccessor: () => newest !== refreshToken,
        async store() {
          await refreshTokens.connect(accountId, newest, now())
          tokens.replace(accountId, candidates)
        },
      }
    },
  }
  return { access, bucket, apiAt: (pace) => apiBy(tokens, pace) }
}

/** `SmokeballAccess` with the connected accounts, for those who look after accounts. Handling an event does not need them. */
export interface AccountAccess extends SmokeballAccess {
  accounts: Accounts
  /** The API for calls that nobody waits for: two a second at most, and those of handlers go first. */
  background: SmokeballApi
}

export function accountAccess(deps: AccessDeps): AccountAccess {
  const { dynamodb: client, tableName, clock, secureBytes } = deps
  const { now } = clock
  const randomId = () => Buffer.from(secureBytes(8)).toString('hex')
  const { access, bucket, apiAt } = wire(deps)
  const background = tokenBucket({ client, tableName, now }, backgroundPace)
  return {
    ...access,
    accounts: accounts({ client, tableName, now, randomId }),
    background: apiAt(backgroundTurns({ clock, bucket, background })),
  }
}
