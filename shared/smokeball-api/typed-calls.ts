import type { AnswerByPath, ListByPath } from './api-paths.generated.ts'
import { type Call, read } from './read-answer.ts'
import { type Params, requestPath } from './request-path.ts'
import { walkList } from './walk-list.ts'

/** What a call takes may be left out if nothing of it is required. */
type Given<Takes> = Record<string, never> extends Takes ? [params?: Takes] : [params: Takes]

/** The paths of lists that page. */
export type ListPath = keyof ListByPath
/** The paths of all else that can be read. */
export type ReadablePath = keyof AnswerByPath
/** An item of a list: `Listed<'/contacts'>`. Each of its fields may be missing or null. */
export type Listed<P extends ListPath> = ListByPath[P]['item']
/** What a path answers: `Answer<'/matters/{matterId}'>`. Each of its fields may be missing or null. */
export type Answer<P extends ReadablePath> = AnswerByPath[P]['answer']

export interface TypedCalls {
  /**
   * All items of a list: `for await (const contact of list('/contacts', { updatedSince: new Date('2026-11-01') }))`. Items come
   * in no order that Smokeball states, each once; deleted ones are among them where the list has them. `limit` is how many one
   * call asks for (500). Throws as `fetch` does, and `UnsettledList`, `NotAList`, `InvalidApiCall`.
   */
  list<P extends ListPath>(path: P, ...params: Given<ListByPath[P]['takes']>): AsyncGenerator<Listed<P>, void>
  /**
   * Reads what is at a path: `get('/matters/{matterId}', { matterId })`. Integers beyond 2^53 are `bigint`. What is not there
   * throws a `SmokeballError` of `status` 404, as in `fetch`: a new resource may not be readable for some seconds, so let it
   * pass, and the handler runs again. Throws as `fetch` does, and `UnreadableAnswer`, `InvalidApiCall`.
   */
  get<P extends ReadablePath>(path: P, ...params: Given<AnswerByPath[P]['takes']>): Promise<Answer<P>>
}

/** Typed reads by any way to call the API. The types say what Smokeball describes: no answer is held to it. */
export function typedCalls(call: Call): TypedCalls {
  return {
    async *list<P extends ListPath>(path: P, params: Params = {}) {
      for await (const item of walkList(call, path, params)) yield item as Listed<P>
    },
    async get<P extends ReadablePath>(path: P, params: Params = {}) {
      return (await read(call, requestPath(path, params))) as Answer<P>
    },
  }
}
