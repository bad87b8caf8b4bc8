import { goneStatuses } from '../../../shared/catch-up/look-at-rows.ts'
import { foundState } from '../../../shared/catch-up/recovered-notification.ts'
import { parseRounding } from '../../../shared/event/lossless-json.ts'
import type { Stamp } from '../../../shared/event/stamps.ts'
import type { Ticks } from '../../../shared/event/ticks.ts'
import { SmokeballError } from '../../../shared/smokeball-api/api-errors.ts'
import { itemsOf } from '../../../shared/smokeball-api/list-page.ts'
import { type ChangeList, type ListPart, listQuery, pageRows } from '../../../shared/smokeball-api/lists.ts'
import { textOf } from '../../../shared/smokeball-api/read-answer.ts'
import type { CallContext, SmokeballApi } from '../../../shared/smokeball-api/smokeball-api.ts'

/** A row of a list, as far as probes look at it. */
export interface ProbedRow {
  id: string
  stamp: Stamp | undefined
  isDeleted: boolean
  hasMatter: boolean
}

export interface ProbedPage {
  rows: ProbedRow[]
  /** How many rows the list says that it has. */
  size: number | undefined
}

/** A list of a firm, to be asked for in ways that walks never do. All of it reads. */
export interface ProbedList {
  list: ChangeList
  /** Parameters of `instead` take the place of the usual ones; undefined leaves one out. */
  page(part: ListPart, instead?: Readonly<Record<string, string | undefined>>): Promise<ProbedPage>
  /** Whether a list that is asked for so is refused (400). */
  isRefused(instead: Readonly<Record<string, string>>): Promise<boolean>
  /** Looks for a row among the first 1,000; `unsure` where it is not among them, and they are more than a page. */
  find(id: string, updatedSince: Ticks | undefined): Promise<ProbedRow | 'absent' | 'unsure'>
  /** The resource by its own path; undefined where it has none, or is not there. */
  single(id: string): Promise<ProbedRow | undefined>
}

/** So many calls a list takes at most: see the probes. */
export const mostCallsOfList = 26

/** What was changed less long ago may change again, or not show yet: lists may be behind by some minutes. */
export const settledMs = 10 * 60_000

export function probedList(
  api: Pick<SmokeballApi, 'fetch'>,
  accountId: string,
  list: ChangeList,
  context: CallContext,
): ProbedList {
  const call = (path: string) => api.fetch(accountId, path, {}, context)
  const rowOf = (text: string): ProbedRow[] => {
    const state = foundState(accountId, list, { text })
    if (!state) return []
    const fields = parseRounding(text) as Record<string, unknown>
    const [mark, value] = list.deleted ?? ['isDeleted', true]
    const { matter } = fields
    const hasMatter = matter !== null && matter !== undefined
    return [{ id: state.id, stamp: state.stamp, isDeleted: fields[mark] === value, hasMatter }]
  }

  const page: ProbedList['page'] = async (part, instead = {}) => {
    const query = listQuery(list, part)
    for (const [name, value] of Object.entries(instead)) {
      if (value === undefined) query.delete(name)
      else query.set(name, value)
    }
    const text = await textOf(call, `${list.path}?${query}`)
    const rows = itemsOf(list.path, text).flatMap((item) => rowOf(item.text))
    const { size } = parseRounding(text) as { size?: unknown }
    return { rows, size: typeof size === 'number' ? size : undefined }
  }

  return {
    list,
    page,
    async isRefused(instead) {
      try {
        await page({ offset: 0, limit: 1 }, instead)
        return false
      } catch (error) {
        if (error instanceof SmokeballError && error.status === 400) return true
        throw error
      }
    },
    async find(id, updatedSince) {
      const first = await page({ updatedSince, offset: 0 })
      const found = first.rows.find((row) => row.id === id)
      if (found || first.rows.length < pageRows) return found ?? 'absent'
      // Rows that move meanwhile may be on neither page.
      const second = await page({ updatedSince, offset: first.rows.length })
      return second.rows.find((row) => row.id === id) ?? 'unsure'
    },
    async single(id) {
      // A stage is found by its matter's id alone.
      if (list.kind === 'matterstage') return undefined
      try {
        return rowOf(await textOf(call, `${list.path}/${encodeURIComponent(id)}`))[0]
      } catch (error) {
        if (error instanceof SmokeballError && goneStatuses.has(error.status)) return undefined
        throw error
      }
    },
  }
}
