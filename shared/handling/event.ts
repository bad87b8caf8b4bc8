import type { JsonValue } from '../event/lossless-json.ts'
import type { PayloadByType } from '../event/payloads.generated.ts'
import type { Resource } from '../event/resource-of-event.ts'
import type { Ticks } from '../event/ticks.ts'
import { matchesPattern } from '../event/type-patterns.ts'
import type { RecordedWrite } from '../smokeball-api/recorded-writes.ts'

/** Exists for types only: no string literal is comparable to its member, so a `switch` on `type` narrows to listed events. */
declare enum Unlisted {
  type = 'a type that is not listed',
}

/** An event type that is known; `PayloadByType` marks those that Smokeball does not document. */
export type ListedType = keyof PayloadByType

/** A type that is not on the list: its payload is JSON of unknown shape. */
export type UnlistedType = Unlisted.type

/** What a handler gets. `T` is the event's type, `P` what its payload holds; every field of a payload may be missing or null. */
export interface EventOf<T extends string, P> {
  readonly type: T
  readonly accountId: string
  readonly userId: string | undefined
  readonly subscriptionId: string | undefined
  /** `Smokeball`, `API`, …: an open set. `CatchUp` and `FirstImport` are this project's own. */
  readonly source: string | undefined
  /**
   * RequestId of the API request that caused the event: shared by all events of that request. In the place of one over 256
   * bytes stands `#` and its hash.
   */
  readonly requestId: string
  readonly resource: Resource
  /** Integers beyond 2^53 are `bigint`; `JSON.stringify` keeps their digits. */
  readonly payload: P
  /** Exactly as delivered. */
  readonly payloadText: string
  /** When it happened, in .NET ticks; `occurredAt` is the same cut to milliseconds. */
  readonly ticks: Ticks
  readonly occurredAt: Date
  /** Event id: 32 hex digits, the same for every copy of this event. */
  readonly id: string
  /** A newer event of the same resource, of a type that this handler is subscribed to, was seen before. */
  readonly late: boolean
  /** Caused by an API write of this project. */
  readonly own: boolean
  /**
   * No delivery of it came: catch-up found the state that the payload shows, which is the newest. The type tells no more than that
   * it was changed, where no date or flag tells more; there is no user or subscription, and a RequestId only if it is known for that of
   * a write of yours.
   */
  readonly recovered: boolean
  /**
   * The API write that failed, for an `error` event, if it was made through `smokeball` or recorded, in the last 7 days.
   * Undefined for every other event.
   */
  readonly cause: RecordedWrite | undefined
  /** 1 for this handler's first run of this event. Runs whose invocation died are not counted, nor those before a redrive. */
  readonly attempt: number
  /** Id of the replay by which it is handled again; undefined for an ordinary delivery. */
  readonly replay: string | undefined
  /** Grows with every claim on the resource: pass it to a store that refuses smaller ones (a fencing token). */
  readonly fence: number
  readonly receivedAt: Date
}

export type ListedEvent = { [T in ListedType]: EventOf<T, PayloadByType[T]> }[ListedType]
export type UnlistedEvent = EventOf<UnlistedType, JsonValue>

/** An unlisted type of a listed kind is about the same resource, and has that kind's payload. */
type UnlistedOfKind<Payload> = EventOf<UnlistedType, Payload>

/** Any event, discriminated by `type`. What is about a kind alone passes for one. */
export type SmokeballEvent = ListedEvent | UnlistedEvent | UnlistedOfKind<ListedEvent['payload']>

/** Event types and patterns that `on` takes; unlisted types pass too. */
export type TypePattern = ListedType | `${KindOf<ListedType>}.*` | '*' | (string & {})

type KindOf<T extends string> = T extends `${infer K}.${string}` ? K : never

/** The events that a pattern, or a list of them, selects. */
export type EventFor<T extends string> = string extends T
  ? SmokeballEvent
  : T extends '*'
    ? SmokeballEvent
    : T extends ListedType
      ? Extract<ListedEvent, { type: T }>
      : T extends `${infer K}.*`
        ? OfKind<Extract<ListedEvent, { type: `${K}.${string}` }>>
        : EventOf<T, JsonValue>

type OfKind<Listed extends ListedEvent> = [Listed] extends [never]
  ? UnlistedEvent
  : Listed | UnlistedOfKind<Listed['payload']>

/** What `is` narrows to: as `EventFor`, but an unlisted type stays the union's member for those. */
export type NarrowedTo<T extends string> = T extends ListedType | '*' | `${string}.*`
  ? EventFor<T>
  : UnlistedEvent

/** Narrows an event to a type, or to one of several, within a handler of wildcards. */
export function is<const T extends TypePattern>(
  event: { type: string },
  ...types: T[]
): event is NarrowedTo<T> {
  return types.some((pattern) => matchesPattern(pattern, event.type))
}
