import type { Caller } from './authorize.ts'
import type { Answer, Call } from './call.ts'

/** A call that a route is to answer, and the parts of its path that stand where the route's have `*`. */
export interface Given {
  call: Call
  caller: Caller
  ids: readonly string[]
}

export interface Route {
  method: string
  /** `*` stands for any part. */
  path: string
  /** What the token has to have. Undefined: any token will do. */
  scope: string | undefined
  run(given: Given): Answer | Promise<Answer>
}
