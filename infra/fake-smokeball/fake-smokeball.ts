import type { JsonValue } from '../../shared/event/lossless-json.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { KeptFile } from '../operate/kept-file.ts'
import type { FakeRoutes } from '../settings/fake-routes.ts'
import type { RateLimit } from './access.ts'
import type { CallRecord } from './api.ts'
import type { DeliveryRecord, DeliveryRules, Rewrite, Undocumented } from './behaviour.ts'
import type { ClientOptions, Credentials } from './clients.ts'
import type { ListTraps } from './list-traps.ts'
import type { Fault, Where } from './planned-failures.ts'
import type { FakeEvent } from './publisher.ts'
import type { ResourcePath } from './resource-kinds.ts'
import type { Subscription } from './subscriptions.ts'
import type { Change, WriteFailure } from './writes.ts'

export interface FakeSmokeballOptions extends ClientOptions {
  /** @default 0, any free port */
  port?: number
  /** The life of an access token. @default 3600 */
  tokenSeconds?: number
  /** The life of a refresh token. The subscriptions of its account end with it. @default 30 days */
  refreshTokenSeconds?: number
  /** @default 5 a second, burst 5, for each client */
  rateLimit?: RateLimit | 'off'
  /** `GET /webhooks/types` lists these. @default the types of the published list */
  eventTypes?: readonly string[]
  /** A receiver has to answer within this time. @default 10 s */
  deliveryLimitMs?: number
  deliveries?: Partial<DeliveryRules>
  /** Further routes, which stand before its own. @default none */
  routes?: FakeRoutes
  /** A file that keeps its state, for another fake that begins with it. @default none */
  kept?: KeptFile
  /** How lists of changes behave where no public text says it: `trickyLists(seed)` has all traps. @default kind ones */
  lists?: Partial<ListTraps>
  /** Behaviour on which no public text says anything. */
  undocumented?: Partial<Undocumented>
  clock?: Clock
  /** Returns numbers from 0 to 1. Ids are unique even if it always returns the same. */
  random?: () => number
}

/** A fake Smokeball on this machine. */
export interface FakeSmokeball {
  /** The address of the API, without a slash at its end. Tokens: `{url}/oauth2/token`. */
  url: string
  /** The credentials of the first client, with its newest refresh tokens. */
  credentials: Credentials
  /** Adds another client, whose subscriptions are its own. */
  addClient(options?: ClientOptions): Credentials
  /** The subscriptions that there are now, with their keys. */
  readonly subscriptions: readonly Subscription[]
  /** Every call, in the order of arrival, without secrets. */
  readonly requests: readonly CallRecord[]
  /** Every delivery that was tried, in the order of the attempts' ends. */
  readonly deliveries: readonly DeliveryRecord[]
  /** Removes the subscriptions of an account, those of all clients. */
  loseSubscriptions(accountId: string): void
  /** Lets the firm take access back from all clients: refresh tokens and subscriptions end. */
  revoke(accountId: string): void
  /** Lets the firm grant the first client access (again). Returns a new refresh token; the previous one is dead. */
  grant(accountId: string): string
  /** Lets the next `times` calls of a place fail. Faults of one place take their turns. */
  fail(times: number, fault: Fault, where?: Where): void
  /**
   * Accepts the next `times` writes of a place, and lets them fail later: an `error` event with their RequestId. A call
   * does so for itself with the header `X-Fake-Fail: why`.
   */
  failWrites(times: number, failure?: WriteFailure): void
  /** Changes how events are delivered from now on. Rules that are not named stay. */
  deliver(rules: Partial<DeliveryRules>): void
  /** Changes each delivery just before it is sent: another one, several, or none. `undefined` ends it. */
  rewrite(change: Rewrite | undefined): void
  /** Changes a resource as a user of Smokeball does: its event has source 'Smokeball' and no RequestId of a caller. */
  edit(resource: ResourcePath, changes: Record<string, JsonValue>): void
  /**
   * Creates, changes or deletes a resource as a user of Smokeball does. With `isTold` false no event tells it, as if its
   * delivery were lost. It has taken effect when `settled` resolves.
   */
  change(resource: ResourcePath, change: Partial<Change> & { isTold?: boolean }): void
  /** Delivers an event behind which no call and no resource stands here. */
  emit(event: FakeEvent): void
  /** Resolves when no write, echo or delivery is pending; throws after `withinMs` (30 s), or what `rewrite` threw. */
  settled(withinMs?: number): Promise<void>
  /** Gives up what is pending, and closes. */
  stop(): Promise<void>
}
