import type { JsonValue } from '../../shared/event/lossless-json.ts'

/** Routes by method and path, where `{name}` stands for a part: `'GET /bankaccounts/{id}'`. */
export type FakeRoutes = Readonly<Record<string, (call: FakeCall) => FakeAnswer | Promise<FakeAnswer>>>

/** How a route is written. */
export const routePattern = /^([A-Z]+) ((?:\/(?:\{\w+\}|[^/{}?#\s]+))+)$/

/** A call that a route of yours answers. */
export interface FakeCall {
  readonly accountId: string
  /** What the caller set as `RequestId`. */
  readonly requestId: string | undefined
  /** The parts of the path by the names in `{}`. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** From JSON, with integers beyond 2^53 as `bigint`; undefined where there is none. */
  readonly body: unknown
  /** Delivers an event of the call's account to who subscribes to it, under the call's `RequestId`. */
  emit(type: string, payload: JsonValue): void
}

export interface FakeAnswer {
  /** @default 200 */
  readonly status?: number
  /** Written as JSON. */
  readonly body?: unknown
}
