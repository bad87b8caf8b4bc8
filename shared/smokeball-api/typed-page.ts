import { type JsonValue, parseValid } from '../event/lossless-json.ts'
import { dateToTicks, parseTicks, type Ticks } from '../event/ticks.ts'
import { InvalidApiCall } from './api-errors.ts'
import { itemsOf } from './list-page.ts'
import { changeLists, type ListFacts, listQuery, matterLists, pageRows } from './lists.ts'
import { type Call, textOf } from './read-answer.ts'
import { type Params, requestPath, sentName } from './request-path.ts'

/** A row of a list. `key` is its id; of a row that has none, it is the row's text. */
export interface Row {
  key: string
  value: JsonValue
}

const byIso: ListFacts = { filter: ['LastUpdated', 'iso'], always: [] }

/** The lists of one bank account that can be filtered by the last change: Smokeball's OpenAPI of August 2026. */
const bankLists: Readonly<Record<string, ListFacts>> = {
  '/bankaccounts/{bankAccountId}/transactions': byIso,
  '/bankaccounts/{id}/matter-balances': byIso,
}

/** All lists that can be filtered by the last change, with `{}` in their paths for ids. */
export const filteredLists: ReadonlyMap<string, ListFacts> = new Map([
  ...changeLists.map((list): [string, ListFacts] => [list.path, list]),
  ...matterLists.flatMap(({ path, filter }): [string, ListFacts][] =>
    filter ? [[path, { filter, always: [] }]] : [],
  ),
  ...Object.entries(bankLists),
])

/** The client sees to them: by computing offsets, and by the name and type that each list's filter has. */
const ownParameters = ['Offset', 'UpdatedSince', 'LastUpdated']

/**
 * A page of any list, by its path with `{}` for ids, as a typed call asks for it. Its query has what `filteredLists` says that the
 * list needs; what `params` say goes before. Throws `InvalidApiCall`, `NotAList`, and as `textOf`.
 */
export async function typedPage(
  call: Call,
  list: string,
  params: Params,
  offset: number,
): Promise<{ rows: Row[]; isLast: boolean }> {
  const { limit = pageRows, updatedSince, ...others } = params
  const rowsAsked = Number(limit)
  if (!Number.isInteger(limit) || rowsAsked < 1 || rowsAsked > pageRows)
    throw new InvalidApiCall(`limit is not a whole number from 1 to ${pageRows}.`)
  const own = Object.keys(others).find((name) => ownParameters.includes(sentName(name)))
  if (own !== undefined)
    throw new InvalidApiCall(`${own} is seen to by the client: leave it out, and filter by updatedSince.`)
  const query = queryOf(list, updatedSince, offset, rowsAsked)
  const rows = itemsOf(list, await textOf(call, requestPath(list, others, query))).map(rowOf)
  return { rows, isLast: rows.length < rowsAsked }
}

function queryOf(list: string, updatedSince: unknown, offset: number, limit: number): URLSearchParams {
  const facts = filteredLists.get(list)
  if (facts) {
    const since = updatedSince === undefined ? undefined : ticksOf(updatedSince)
    return listQuery(facts, { updatedSince: since, offset, limit })
  }
  // A parameter that a list does not know is ignored, and everything would be listed.
  if (updatedSince !== undefined)
    throw new InvalidApiCall(`${list} cannot be filtered by updatedSince: leave it out, and compare items.`)
  return new URLSearchParams({ Offset: `${offset}`, Limit: `${limit}` })
}

function ticksOf(since: unknown): Ticks {
  if (typeof since === 'bigint') return parseTicks(since.toString())
  if (since instanceof Date && !Number.isNaN(since.getTime())) return dateToTicks(since)
  throw new InvalidApiCall('updatedSince is no time: give a valid Date, or .NET ticks as a bigint.')
}

function rowOf({ text }: { text: string }): Row {
  const value = parseValid(text)
  const { id } = value as { id?: unknown }
  return { key: typeof id === 'string' ? id : text, value }
}
