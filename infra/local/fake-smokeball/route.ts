import type { Caller } from './authorize.ts'
import type { Answer, Call } from './call.ts'

export interface Route {
  method: string
  /** `*` stands for an id. */
  path: string
  /** What the token has to have. Undefined: any token will do. */
  scope: string | undefined
  run(given: { call: Call; caller: Caller; id: string }): Answer | Promise<Answer>
}
