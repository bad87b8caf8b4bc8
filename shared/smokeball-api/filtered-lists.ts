import { changeLists, type ListFacts } from './lists.ts'

const byTicks: ListFacts = { filter: ['UpdatedSince', 'ticks'], always: [] }
const byIso: ListFacts = { filter: ['LastUpdated', 'iso'], always: [] }

/** The lists of one matter, or of one bank account, that can be filtered by the last change: Smokeball's OpenAPI of August 2026. */
const narrowLists: Readonly<Record<string, ListFacts>> = {
  '/matters/{matterId}/fees': byTicks,
  '/matters/{matterId}/expenses': byTicks,
  '/matters/{matterId}/invoices': byIso,
  '/bankaccounts/{bankAccountId}/transactions': byIso,
  '/bankaccounts/{id}/matter-balances': byIso,
}

/** All lists that can be filtered by the last change, with `{}` in their paths for ids. */
export const filteredLists: ReadonlyMap<string, ListFacts> = new Map([
  ...changeLists.map((list): [string, ListFacts] => [list.path, list]),
  ...Object.entries(narrowLists),
])
