import { epochMsToTicks, type Ticks } from '../event/ticks.ts'
import { type ListItem, listPage, pageCheck } from '../smokeball-api/list-page.ts'
import { type ListFacts, pageRows } from '../smokeball-api/lists.ts'
import type { CallContext, SmokeballApi } from '../smokeball-api/smokeball-api.ts'

/** Rows that move while one pages may come to lie on a page that was read: where nothing sorts them, pages overlap. */
export const pageOverlap = 50

interface Rows {
  api: Pick<SmokeballApi, 'fetch'>
  accountId: string
  /** By the path of a call. */
  list: Partial<ListFacts> & { path: string }
  context: CallContext
}

/**
 * The rows that have changed since then, a page at a time; all rows where nothing filters the list. Throws `EndlessList`, and
 * as `listPage` does.
 */
export async function* rowsSince(
  { api, accountId, list, context }: Rows,
  updatedSince: Ticks,
): AsyncGenerator<ListItem[], void> {
  const check = pageCheck(list.path)
  for (let offset = 0, isLast = false; !isLast; offset += pageRows - pageOverlap) {
    const page = await listPage(api, accountId, list, { updatedSince, offset }, context)
    if (!page.isLast) check(page.items)
    yield page.items
    isLast = page.isLast
  }
}

/**
 * Tells, by its id, whether a row has changed since then. A version tells no time, but the list's filter does: it is asked once, and
 * only if that is to be known. False where there is no filter.
 */
export function changedSince(
  rows: Rows,
  epochMs: number,
  idOf: (item: ListItem) => string | undefined,
): (id: string) => Promise<boolean> {
  let asked: Promise<Set<string | undefined>> | undefined
  async function ask(): Promise<Set<string | undefined>> {
    const ids = new Set<string | undefined>()
    for await (const items of rowsSince(rows, epochMsToTicks(epochMs)))
      for (const item of items) ids.add(idOf(item))
    return ids
  }
  return async (id) => {
    if (!rows.list.filter) return false
    asked ??= ask()
    return (await asked).has(id)
  }
}
