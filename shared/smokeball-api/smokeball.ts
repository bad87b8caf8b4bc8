import { type PathValue, path } from './api-url.ts'
import type { CallContext, SmokeballApi, SmokeballInit } from './smokeball-api.ts'
import { type TypedCalls, typedCalls } from './typed-calls.ts'

/** Smokeball's API, as a handler has it: for the account of its event. */
export interface Smokeball extends TypedCalls {
  /**
   * A path with ids in it: `` fetch(path`/matters/${id}`) ``. Each value is percent-encoded, since an id is whatever was
   * delivered, and nobody signed it: as it stands it could lead elsewhere. Throws `InvalidApiCall` for a value that is empty,
   * '.' or '..'.
   */
  path(template: TemplateStringsArray, ...values: readonly PathValue[]): string
  /**
   * Calls the API: `` fetch(path`/matters/${id}`, { method: 'PATCH', body, reference }) ``. Key, token, rate limit, retries and, on
   * writes, a `RequestId` of yours are seen to. Resolves with the 2xx answer; throws `SmokeballError` (status, title,
   * detail, errors, what to do) for any other, and `RetryAfter` when the time that is left does not suffice: let it pass.
   */
  fetch(path: string, init?: SmokeballInit): Promise<Response>
  /**
   * For a write that you make by other means: records it for 7 days, so that an `error` event finds its cause, and returns
   * the `RequestId` to send with it, by which its events are known as your own.
   */
  recordWrite(write: { method: string; path: string; reference?: string }): Promise<string>
}

/** The API bound to an account and to who calls. */
export function smokeballOfHandler(api: SmokeballApi, accountId: string, context: CallContext): Smokeball {
  return {
    ...typedCalls((path) => api.fetch(accountId, path, {}, context)),
    path,
    fetch: (path, init = {}) => api.fetch(accountId, path, init, context),
    recordWrite: (write) => api.recordWrite(accountId, write, context),
  }
}
