import { stringifyLossless } from '../event/lossless-json.ts'
import { type Ticks, ticksToDate } from '../event/ticks.ts'
import { EndlessList, type ListItem, listPage } from '../smokeball-api/list-page.ts'
import { type MatterList, mattersWithLists } from '../smokeball-api/lists.ts'
import type { CallContext } from '../smokeball-api/smokeball-api.ts'
import {
  both,
  isDue,
  isOfOneResource,
  type Look,
  type Looked,
  lookAtRows,
  type WalkDeps,
  youngIn,
} from './look-at-rows.ts'
import { type FoundState, foundState } from './recovered-notification.ts'
import { rowsSince } from './rows-since.ts'
import { countingCalls, nextPage, overlapMs } from './walk.ts'
import type { WalkPlace } from './walk-item.ts'

export interface WalkMattersDeps extends WalkDeps {
  /** The matters, with their stamps, whose lists this run has looked at: pages of matters overlap. */
  lookedAt: Set<string>
}

interface MattersLook extends Omit<Look, 'isYoung'> {
  list: MatterList
}

interface LookedAtMatters extends Looked {
  rows: number
}

/** Each matter costs a call or more, and the walk's place is kept after a page of them. */
const mattersAtOnce = 20
const mattersOverlap = 5

/**
 * Looks at the lists of one page of matters, as `walkPage` does at one page of a list: of the matters that have changed, or of all
 * where the place is at the very beginning of time. Throws as that does.
 */
export async function walkMatters(
  deps: WalkMattersDeps,
  accountId: string,
  list: MatterList,
  place: WalkPlace,
  context: CallContext,
): Promise<{ place: WalkPlace; isOver: boolean }> {
  const api = countingCalls(deps.api)
  const updatedSince = place.pageSince > 0n ? place.pageSince : undefined
  const part = { updatedSince, offset: place.offset, limit: mattersAtOnce }
  const { items, isLast } = await listPage(api, accountId, mattersWithLists, part, context)
  if (!isLast) deps.checkPage?.(items)
  const matters = items.flatMap((item) => foundState(accountId, mattersWithLists, item) ?? [])
  const { rows, ...looked } = await lookAtMatters(
    { ...deps, api },
    { accountId, list, place, context },
    matters,
  )
  const counts = { calls: place.calls + api.calls, rows: place.rows + rows }
  const next = nextPage(mattersWithLists, place, matters, mattersAtOnce - mattersOverlap)
  return { place: { ...place, ...counts, ...both(place, looked), ...next }, isOver: isLast }
}

/**
 * One matter that does not answer is left to the next walk. Where none has answered in this run, its refusal is thrown: a scope may
 * be missing.
 */
async function lookAtMatters(
  deps: WalkMattersDeps,
  of: MattersLook,
  matters: readonly FoundState[],
): Promise<LookedAtMatters> {
  const all = { rows: 0, looked: noneLooked }
  let refusal: Error | undefined
  for (const { id, stamp } of matters) {
    const matter = `${id} ${stamp?.text}`
    if (deps.lookedAt.has(matter)) continue
    try {
      const { rows, ...looked } = await lookAtMatter(deps, of, id)
      all.rows += rows
      all.looked = both(all.looked, looked)
      deps.lookedAt.add(matter)
    } catch (error) {
      const isEndless = error instanceof EndlessList
      if (!isEndless && !isOfOneResource(error)) throw error
      if (isEndless || error.status === 403 || error.status >= 500) refusal = error
      all.looked = both(all.looked, { found: 0, left: knownBefore(of) })
    }
  }
  if (refusal && deps.lookedAt.size === 0) throw refusal
  return { rows: all.rows, ...all.looked }
}

const noneLooked: Looked = { found: 0, left: undefined }

/** In such a matter's list, any change may be that this walk looks for: so the next one begins where this one did. */
function knownBefore({ place: { since } }: MattersLook): Ticks {
  return (since + BigInt(overlapMs) * 10_000n) as Ticks
}

async function lookAtMatter(deps: WalkDeps, of: MattersLook, matterId: string): Promise<LookedAtMatters> {
  const { accountId, list, place, context } = of
  const ofMatter = { ...list, path: list.path.replace('{matterId}', () => encodeURIComponent(matterId)) }
  const look = { ...of, isYoung: youngIn(deps, of, ofMatter) }
  const all = { rows: 0, looked: noneLooked }
  let newest: Ticks | undefined
  for await (const items of rowsSince({ api: deps.api, accountId, list: ofMatter, context }, place.since)) {
    all.rows += items.length
    if (list.kind === 'files') {
      newest = newestOf(deps, of, items, newest)
      continue
    }
    // Where nothing filters the list, a row without a date may be as old as it likes.
    const states = items
      .flatMap((item) => foundState(accountId, list, item) ?? [])
      .filter(({ stamp }) => list.filter || stamp)
    all.looked = both(all.looked, await lookAtRows(deps, look, states))
  }
  const files = newest && filesOf(of, matterId, newest)
  if (files) all.looked = both(all.looked, await lookAtRows(deps, look, [files]))
  return { rows: all.rows, ...all.looked }
}

/** When the files of a matter were changed last, as far as this walk looks: a file that was added may have an older date. */
function newestOf(
  deps: WalkDeps,
  { accountId, list, place }: MattersLook,
  items: readonly ListItem[],
  before: Ticks | undefined,
): Ticks | undefined {
  return items
    .flatMap((item) => foundState(accountId, list, item) ?? [])
    .flatMap(({ stamp, creation }) => [stamp?.ticks ?? [], creation?.from ?? []].flat())
    .filter((ticks) => isDue(deps, ticks, place))
    .reduce((newest, ticks) => (newest !== undefined && newest >= ticks ? newest : ticks), before)
}

/** An event of files tells of the matter whose files have changed. The cursor that a delivered one has cannot be made up. */
function filesOf({ accountId, list }: MattersLook, matterId: string, newest: Ticks): FoundState | undefined {
  const dateModified = ticksToDate(newest).toISOString()
  return foundState(accountId, list, { text: stringifyLossless({ matterId, dateModified }) })
}
