import type { JsonValue } from '../../shared/event/lossless-json.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { KeptFile } from '../operate/kept-file.ts'
import type { FakeRoutes } from '../settings/settings.ts'
import type { RateLimit } from './access.ts'
import type { CallRecord } from './api.ts'
import type { DeliveryRecord, DeliveryRules, Rewrite, Undocumented } from './behaviour.ts'
import type { ClientOptions, Credentials } from './clients.ts'
import type { Fault, Where } from './planned-failures.ts'
import type { FakeEvent } from './publisher.ts'
import type { Subscription } from './subscriptions.ts'
import type { ResourcePath, WriteFailure } from './writes.ts'

export interface FakeSmokeballOptions extends ClientOptions {
  /** @default 0, any free port */
  port?: number
  /** Life of an access token. @default 3600 */
  tokenSeconds?: number
  /** Life of a refresh token; with it go the subscriptions of its account. @default 30 days */
  refreshTokenSeconds?: number
  /** @default 5 a second, burst 5, for each client */
  rateLimit?: RateLimit | 'off'
  /** What `GET /webhooks/types` lists. @default the types of the published list */
  eventTypes?: readonly string[]
  /** How long a receiver may take to answer. @default 10 s */
  deliveryLimitMs?: number
  deliveries?: Partial<DeliveryRules>
  /** Further routes, which stand before its own. @default none */
  routes?: FakeRoutes
  /** Where its state is kept, for another one that begins with it. @default nowhere */
  kept?: KeptFile
  /** What no public text says about Smokeball. */
  undocumented?: Partial<Undocumented>
  clock?: Clock
  /** From 0 to 1. Ids are unique even if it always returns the same. */
  random?: () => number
}

/** A Smokeball of one's own, on this machine. */
export interface FakeSmokeball {
  /** The address of the API, without a slash at its end. Tokens: `{url}/oauth2/token`. */
  url: string
  /** Those of the first client. Its refresh tokens are the newest ones. */
  credentials: Credentials
  /** Another client, whose subscriptions are its own. */
  addClient(options?: ClientOptions): Credentials
  /** What it holds now, keys included. */
  readonly subscriptions: readonly Subscription[]
  /** Every call, in the order of arrival, without secrets. */
  readonly requests: readonly CallRecord[]
  /** Every delivery that was tried, in the order of the attempts' ends. */
  readonly deliveries: readonly DeliveryRecord[]
  /** Lets the subscriptions of an account vanish, of all clients. */
  loseSubscriptions(accountId: string): void
  /** The firm takes access back from all clients: refresh tokens die, subscriptions vanish. */
  revoke(accountId: string): void
  /** The firm grants the first client access (again): a new refresh token; the one before is dead. */
  grant(accountId: string): string
  /** Lets the next `times` calls of a place fail. Faults of one place take their turns. */
  fail(times: number, fault: Fault, where?: Where): void
  /**
   * Accepts the next `times` writes of a place, and lets them fail later: an `error` event with their RequestId. A call
   * does so for itself with the header `X-Fake-Fail: why`.
   */
  failWrites(times: number, failure?: WriteFailure): void
  /** How events are delivered from now on; what is not named stays. */
  deliver(rules: Partial<DeliveryRules>): void
  /** Changes each delivery just before it is sent: another one, several, or none. `undefined` ends it. */
  rewrite(change: Rewrite | undefined): void
  /** A user works in Smokeball: the resource changes and its event has source 'Smokeball' and no RequestId of a caller. */
  edit(resource: ResourcePath, changes: Record<string, JsonValue>): void
  /** An event that no call and no resource here stands behind. */
  emit(event: FakeEvent): void
  /** Resolves when no write, echo or delivery is pending; throws after `withinMs` (30 s), or what `rewrite` threw. */
  settled(withinMs?: number): Promise<void>
  /** Gives up what is pending, and closes. */
  stop(): Promise<void>
}
