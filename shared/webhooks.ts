/** All that a handlers file imports: the public names of this project, `#webhooks`. Nothing of ours imports it. */
export type { JsonValue } from './event/lossless-json.ts'
export type * from './event/payloads.generated.ts'
export { ticksToDate } from './event/ticks.ts'
export {
  type EventFor,
  is,
  type ListedEvent,
  type SmokeballEvent,
  type UnlistedEvent,
} from './handling/event.ts'
export {
  type Handler,
  type HandlerContext,
  type HandlerLog,
  type HandlerOptions,
  on,
} from './handling/handler-registry.ts'
export { PermanentFailure, RetryAfter } from './runtime/handler-errors.ts'
export { SmokeballError } from './smokeball-api/api-errors.ts'
export type { Smokeball } from './smokeball-api/smokeball.ts'
export type { SmokeballInit } from './smokeball-api/smokeball-api.ts'
export type { Answer, Listed, ListPath, ReadablePath } from './smokeball-api/typed-calls.ts'
export { UnsettledList } from './smokeball-api/walk-list.ts'
