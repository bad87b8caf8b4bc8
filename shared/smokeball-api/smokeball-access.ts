import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Clock } from '../clock.ts'
import { type KeptSecret, parsedSecret, usualAgeMs } from '../kept-secret.ts'
import { accessTokens } from './access-tokens.ts'
import { apiCredentials, requestIdKeyOf, tokenKeyOf } from './api-credentials.ts'
import { type RecordedWrite, type RecordedWrites, recordedWrites } from './recorded-writes.ts'
import { type SmokeballApi, smokeballApi } from './smokeball-api.ts'
import { storedRefreshTokens } from './stored-refresh-tokens.ts'
import { tokenBucket } from './token-bucket.ts'

export interface AccessDeps {
  fetch: typeof fetch
  clock: Clock
  /** In [0, 1). */
  random(): number
  secureBytes(count: number): Uint8Array
  dynamodb: Pick<DynamoDBClient, 'send'>
  tableName: string
  /** That of the API. */
  secret: KeptSecret
  /** Told of each write beside its record, before it is sent. */
  onWrite?(write: RecordedWrite, signal: AbortSignal): Promise<void>
}

/** Smokeball's API, and the writes that were made. */
export interface SmokeballAccess {
  api: SmokeballApi
  writes: RecordedWrites
  /** Connects an account by its refresh token. Throws `MissingApiCredentials` if there is no key yet to seal it with. */
  connectBy(accountId: string, refreshToken: string): Promise<void>
}

/** Wires what every caller of the API shares through the event table: tokens, rate, records of writes. */
export function smokeballAccess(deps: AccessDeps): SmokeballAccess {
  const { clock, dynamodb: client, tableName, secret, onWrite, secureBytes } = deps
  const { now } = clock
  const writes = recordedWrites({ client, tableName })
  const refreshTokens = storedRefreshTokens({
    ...{ client, tableName },
    tokenKey: () => parsedSecret(secret, tokenKeyOf, usualAgeMs, new AbortController().signal),
    twelveRandomBytes: () => secureBytes(12),
  })
  const tokens = accessTokens({ fetch: deps.fetch, clock, refreshTokens })
  const api = smokeballApi({
    ...{ fetch: deps.fetch, clock, random: deps.random },
    eightRandomBytes: () => secureBytes(8),
    credentials: (signal) => parsedSecret(secret, apiCredentials, usualAgeMs, signal),
    requestIdKey: (signal) => parsedSecret(secret, requestIdKeyOf, usualAgeMs, signal),
    tokens,
    bucket: tokenBucket({ client, tableName, now }),
    async recordWrite(write, signal) {
      await Promise.all([writes.recordWrite(write, signal), onWrite?.(write, signal)])
    },
  })
  return {
    ...{ api, writes },
    async connectBy(accountId, refreshToken) {
      await refreshTokens.connect(accountId, refreshToken, now())
      tokens.forget(accountId)
    },
  }
}
