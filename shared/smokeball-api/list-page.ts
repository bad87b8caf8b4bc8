import { hash } from 'node:crypto'
import { parseRounding } from '../event/lossless-json.ts'
import { scanMembers, scanTopLevel } from '../event/top-level-scanner.ts'
import { AdvisedError } from '../runtime/advised-error.ts'
import { type ListFacts, type ListPart, listQuery, pageRows } from './lists.ts'
import { textOf } from './read-answer.ts'
import type { CallContext, SmokeballApi } from './smokeball-api.ts'

/** A row of a list: its JSON exactly as it was answered, with every digit. */
export interface ListItem {
  text: string
}

export interface ListPage {
  items: ListItem[]
  /** Whether the list ends with it: it has fewer rows than were asked for. Counts and links of Smokeball have been wrong. */
  isLast: boolean
}

/** What was to be a page of a list is none. To take it for an empty one would end a walk too early. */
export class NotAList extends AdvisedError {
  readonly code = 'NOT_A_LIST'

  constructor(path: string, options?: ErrorOptions) {
    super(
      `${path} was not answered with a list, { value: [objects] }.`,
      { text: 'Try again later; if it stays so, the API has changed: look at what smokeball.fetch brings.' },
      options,
    )
    this.name = 'NotAList'
  }
}

/** A list brought the same rows page after page: it does not heed `Offset`, and would never end. */
export class EndlessList extends AdvisedError {
  readonly code = 'ENDLESS_LIST'

  constructor(path: string) {
    super(`${path} brought nothing new for ${mostIdlePages} pages, and did not end.`, {
      text: 'Its Offset may not be heeded: doctor --probe-lists shows it.',
    })
    this.name = 'EndlessList'
  }
}

const mostIdlePages = 5

/** Looks at the pages of one list, but the last one. Throws `EndlessList` when too many in a row have no row that is new. */
export function pageCheck(path: string): (items: readonly ListItem[]) => void {
  const seen = new Set<string>()
  let idlePages = 0
  return (items) => {
    const before = seen.size
    for (const { text } of items) seen.add(hash('sha256', text, 'base64').slice(0, 12))
    idlePages = seen.size > before ? 0 : idlePages + 1
    if (idlePages >= mostIdlePages) throw new EndlessList(path)
  }
}

/** Asks for a part of a list, by the path of a call. Throws as `SmokeballApi.fetch` does, and `NotAList`. */
export async function listPage(
  api: Pick<SmokeballApi, 'fetch'>,
  accountId: string,
  list: Partial<ListFacts> & { path: string },
  part: ListPart,
  context: CallContext,
): Promise<ListPage> {
  const call = (path: string) => api.fetch(accountId, path, {}, context)
  const items = itemsOf(list.path, await textOf(call, `${list.path}?${listQuery(list, part)}`))
  return { items, isLast: items.length < (part.limit ?? pageRows) }
}

/** The rows in an answer's text. An empty list may be written as `null`. Throws `NotAList`. */
export function itemsOf(path: string, json: string): ListItem[] {
  const { value } = answered(path, json)
  if (value === null) return []
  if (!Array.isArray(value) || !value.every(isObject)) throw new NotAList(path)
  return scanMembers(scanTopLevel(json, ['value']).value ?? '').map((text) => ({ text }))
}

function answered(path: string, json: string): { value?: unknown } {
  try {
    const answer = parseRounding(json)
    return isObject(answer) ? answer : {}
  } catch (cause) {
    throw new NotAList(path, { cause })
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
