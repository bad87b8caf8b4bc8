import { type JsonValue, parseLossless } from '../event/lossless-json.ts'
import { AdvisedError } from '../runtime/advised-error.ts'
import { SmokeballUnreachable } from './api-errors.ts'

/** Calls the API by a path and query, and resolves with a 2xx answer: `SmokeballApi.fetch`, bound to its account and context. */
export type Call = (path: string) => Promise<Response>

/** Smokeball, or something on the way, answered 2xx with what is no JSON. */
export class UnreadableAnswer extends AdvisedError {
  readonly code = 'UNREADABLE_ANSWER'

  constructor(path: string, cause: unknown) {
    super(
      `${path} was not answered with JSON.`,
      { text: 'Try again later; if it stays so, look at what smokeball.fetch brings.' },
      { cause },
    )
    this.name = 'UnreadableAnswer'
  }
}

/** The text of an answer. Throws `SmokeballUnreachable` if it breaks off, and what `call` throws. */
export async function textOf(call: Call, path: string): Promise<string> {
  const answer = await call(path)
  try {
    return await answer.text()
  } catch (cause) {
    throw new SmokeballUnreachable({ method: 'GET', path, host: 'Smokeball' }, cause)
  }
}

/** An answer with every digit of its integers. Throws `UnreadableAnswer`, and as `textOf`. */
export async function read(call: Call, path: string): Promise<JsonValue> {
  const text = await textOf(call, path)
  try {
    return parseLossless(text)
  } catch (cause) {
    throw new UnreadableAnswer(path, cause)
  }
}
