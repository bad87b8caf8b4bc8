import { randomBytes } from 'node:crypto'
import { accessTokens, type RefreshTokenStore } from '../../../shared/smokeball-api/access-tokens.ts'
import type { RecordedWrite } from '../../../shared/smokeball-api/recorded-writes.ts'
import { recordedWrites } from '../../../shared/smokeball-api/recorded-writes.ts'
import {
  type CallContext,
  type SmokeballApiDeps,
  type SmokeballInit,
  smokeballApi,
} from '../../../shared/smokeball-api/smokeball-api.ts'
import { tokenBucket } from '../../../shared/smokeball-api/token-bucket.ts'
import { simulatedDynamodb } from '../../simulation/simulated-dynamodb.ts'
import { credentialsFor, secret } from './credentials.ts'
import { idleClock } from './idle-clock.ts'
import { stubSmokeball } from './stub-smokeball.ts'

export const startEpochMs = Date.UTC(2026, 10, 23)

export interface WorldOptions {
  actsFor?: 'one' | 'many'
  refreshTokens?: RefreshTokenStore
  deps?: Partial<SmokeballApiDeps>
}

/** The client with all its real parts, a stub of Smokeball at the other end, and time that passes only by waiting. */
export async function apiWorld({ actsFor = 'one', refreshTokens, deps }: WorldOptions = {}) {
  const server = await stubSmokeball()
  const clock = idleClock(startEpochMs)
  const { client } = simulatedDynamodb({ itemOnFailure: true })
  const { recordWrite, readWrite } = recordedWrites({ client, tableName: 'events' })
  const sentAtMs: number[] = []
  const fetchInTime: typeof fetch = (url, init) => {
    if (!String(url).endsWith('/oauth2/token')) sentAtMs.push(clock.now() - startEpochMs)
    return clock.during(whole(fetch(url, init)))
  }
  const written: RecordedWrite[] = []
  const parts: SmokeballApiDeps = {
    fetch: fetchInTime,
    clock,
    random: () => 0,
    eightRandomBytes: () => randomBytes(8),
    credentials: async () => credentialsFor(server.url, actsFor),
    requestIdKey: async () => secret.requestIdKey,
    tokens: accessTokens({ fetch: fetchInTime, clock, ...(refreshTokens && { refreshTokens }) }),
    bucket: tokenBucket({ client, tableName: 'events', now: clock.now }),
    recordWrite: async (write, signal) => {
      written.push(write)
      await recordWrite(write, signal)
    },
    ...deps,
  }
  const api = smokeballApi(parts)
  const limit = { signalEpochMs: startEpochMs + 27_000, signal: new AbortController().signal }
  return {
    server,
    clock,
    written,
    readWrite: (requestId: string) => readWrite(requestId, limit.signal),
    /** When each call was sent, in milliseconds since the start. */
    sentAtMs,
    call: (path: string, init: SmokeballInit = {}, context: Partial<CallContext> = {}) =>
      api.fetch('firm', path, init, { limit, ...context }),
  }
}

export type ApiWorld = Awaited<ReturnType<typeof apiWorld>>

/** The answer with its body, so that the clock stands still until that is here, too. */
async function whole(answer: Promise<Response>): Promise<Response> {
  const response = await answer
  const body = await response.arrayBuffer()
  return new Response(body.byteLength > 0 ? body : null, response)
}
