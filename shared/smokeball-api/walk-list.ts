import type { JsonValue } from '../event/lossless-json.ts'
import { AdvisedError } from '../runtime/advised-error.ts'
import type { Call } from './read-answer.ts'
import type { Params } from './request-path.ts'
import { typedPage } from './typed-page.ts'

/** A list changed so fast that its pages did not join: some of its items may not have been listed. */
export class UnsettledList extends AdvisedError {
  readonly code = 'UNSETTLED_LIST'

  constructor(list: string) {
    super(`${list} changed so much while it was read, ${mostWalks} times, that items of it may be missing.`, {
      text: 'List it again later, or list less of it, by a filter.',
    })
    this.name = 'UnsettledList'
  }
}

/** So many rows of a page are asked for again with the next: rows that go meanwhile move those behind them forward. */
const mostOverlap = 20
const mostWalks = 3
/** So many pages in a row may bring nothing new. Rows that come in before a page move it back; more of them is no list that pages. */
const mostIdlePages = 5

/**
 * All items of a list, each once, page by page. Offsets count rows of a list that moves: so each page begins with the last rows
 * of the one before, and if it has none of them, the list is walked again from its start. Throws `UnsettledList` when that does
 * not help, and what `typedPage` throws.
 */
export async function* walkList(call: Call, list: string, params: Params): AsyncGenerator<JsonValue, void> {
  const seen = new Set<string>()
  for (let walk = 1; walk <= mostWalks; walk++) if (yield* walkOnce(call, list, params, seen)) return
  throw new UnsettledList(list)
}

/** Yields what was not seen yet. Returns whether each page joined the one before. */
async function* walkOnce(
  call: Call,
  list: string,
  params: Params,
  seen: Set<string>,
): AsyncGenerator<JsonValue, boolean> {
  const walked = new Set<string>()
  let tail: ReadonlySet<string> = new Set()
  let idlePages = 0
  for (let offset = 0; ; ) {
    const { rows, isLast } = await typedPage(call, list, params, offset)
    if (tail.size > 0 && !rows.some(({ key }) => tail.has(key))) return false
    const before = walked.size
    for (const { key, value } of rows) {
      walked.add(key)
      if (seen.has(key)) continue
      seen.add(key)
      yield value
    }
    if (isLast) return true
    idlePages = walked.size > before ? 0 : idlePages + 1
    if (idlePages > mostIdlePages) return false
    const overlap = Math.min(mostOverlap, Math.floor(rows.length / 2))
    tail = new Set(rows.slice(rows.length - overlap).map(({ key }) => key))
    offset += rows.length - overlap
  }
}
