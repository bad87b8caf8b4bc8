import { knownEventTypes } from '../event/payloads.generated.ts'
import { epochMsToTicks, type Ticks } from '../event/ticks.ts'
import { type SeenActions, seenByAll, wasSeen } from '../ledger/ledger-slots.ts'
import { SmokeballError } from '../smokeball-api/api-errors.ts'
import type { ListItem } from '../smokeball-api/list-page.ts'
import type { ListFacts, TellingList } from '../smokeball-api/lists.ts'
import { textOf } from '../smokeball-api/read-answer.ts'
import type { CallContext, SmokeballApi } from '../smokeball-api/smokeball-api.ts'
import { type OwnWriteDeps, ownWriteOf } from './own-write.ts'
import {
  type FoundState,
  foundState,
  type RecoveredNotification,
  recoveredNotification,
  recoveredTicks,
} from './recovered-notification.ts'
import { changedSince } from './rows-since.ts'
import type { WalkPlace } from './walk-item.ts'

export interface WalkDeps extends OwnWriteDeps {
  api: Pick<SmokeballApi, 'fetch'>
  /** What the ledger has seen of a resource. */
  seenOf(resourceKey: string, signal: AbortSignal): Promise<SeenActions>
  /** Whether a handler takes events of this type. */
  isWanted(type: string): boolean
  /** A change is left to the next walk until it is so old, since its delivery may still be on its way. @default half an hour */
  youngMs?: number
  /** What tells of a state, as of that time. @default what is recovered */
  notificationOf?: typeof recoveredNotification
  /** It is told the rows of each page but the last one. @default nothing is checked */
  checkPage?(rows: readonly ListItem[]): void
  /** Returns when the event queue has it; false if this walk has handed it over before, since rows come on several pages. */
  handOver(notification: RecoveredNotification, signal: AbortSignal): Promise<boolean>
}

export const usualYoungMs = 30 * 60_000
/** The time of a change whose stamp tells none lies so long before the walk: what was delivered since then shows it, or a newer one. */
const untimedMs = 30 * 60_000
/** So many rows are compared with the ledger at once. */
const atOnce = 20

/** What is looked at: rows of a list, by a walk that is at this place. */
export interface Look {
  accountId: string
  list: TellingList
  place: WalkPlace
  context: CallContext
  /** Whether a row whose stamp tells no time is so young that its delivery may still come. */
  isYoung(id: string): Promise<boolean>
}

/** Tells what of a list is too young for this walk though its rows tell no time. */
export function youngIn(
  { api, youngMs = usualYoungMs }: WalkDeps,
  { accountId, place, context }: Omit<Look, 'isYoung'>,
  list: Partial<ListFacts> & Pick<TellingList, 'kind' | 'path'>,
): Look['isYoung'] {
  if (youngMs <= 0) return async () => false
  const idOf = (item: ListItem) => foundState(accountId, list, item)?.id
  return changedSince({ api, accountId, list, context }, place.startedEpochMs - youngMs, idOf)
}

/** What rows came to. `left`: when the oldest change was that cannot be looked at yet. */
export type Looked = Pick<WalkPlace, 'found' | 'left'>

/** Hands over what no delivery has shown of these rows. Throws what the API, the table and the queue throw. */
export async function lookAtRows(deps: WalkDeps, of: Look, rows: readonly FoundState[]): Promise<Looked> {
  let all: Looked = { found: 0, left: undefined }
  for (let from = 0; from < rows.length; from += atOnce) {
    const some = rows.slice(from, from + atOnce)
    for (const looked of await Promise.all(some.map((row) => look(deps, of, row)))) all = both(all, looked)
  }
  return all
}

export function both(one: Looked, other: Looked): Looked {
  const isOlder = other.left !== undefined && (one.left === undefined || other.left < one.left)
  return { found: one.found + other.found, left: isOlder ? other.left : one.left }
}

async function look(deps: WalkDeps, of: Look, listed: FoundState): Promise<Looked> {
  const nothing = { found: 0, left: undefined }
  const { accountId, list, place, context } = of
  const mayBeWanted = [listed.type, `${list.kind}.created`].some(deps.isWanted)
  if (!isDue(deps, listed.stamp?.ticks, place) || !mayBeWanted) return nothing
  const { signal } = context.limit
  const seen = seenByAll(await deps.seenOf(listed.resourceKey, signal))
  const type = seen.size === 0 ? typeOfUnseen(deps, of, listed) : listed.type
  if (type === undefined || !deps.isWanted(type)) return nothing
  const untimed = earlier(epochMsToTicks(place.startedEpochMs), untimedMs)
  if (wasSeen({ stamp: listed.stamp, ticks: untimed }, seen)) return nothing
  if (listed.stamp?.ticks === undefined && (await of.isYoung(listed.id))) return nothing
  const state = await whole(deps, of, listed)
  if (!state) return { found: 0, left: listed.stamp?.ticks ?? place.since }
  // It was changed since the list was made, and is the next walk's.
  if (!isDue(deps, state.stamp?.ticks, place)) return nothing
  const told = type === listed.type ? state : { ...state, type }
  const { notificationOf = recoveredNotification } = deps
  const notification = notificationOf(accountId, told, recoveredTicks(told, seen, untimed))
  const requestId = await ownWriteOf(deps, state, seen, signal)
  const isFirst = await deps.handOver(
    { ...notification, ...(requestId !== undefined && { requestId }) },
    signal,
  )
  return { found: isFirst ? 1 : 0, left: undefined }
}

/**
 * The type that tells of a resource of which nothing was seen: it was created, where a date shows that this was since the walk's
 * time. Undefined where nothing shows whether it is new, and nobody is told of what is: that nothing was seen says nothing then.
 */
function typeOfUnseen(
  { isWanted }: WalkDeps,
  { list: { kind }, place }: Look,
  { type, creation }: FoundState,
): string | undefined {
  const created = `${kind}.created`
  if (!knownEventTypes.includes(created)) return type
  const isOld = creation !== undefined && creation.until < place.since
  const isNew = creation !== undefined && !isOld && creation.from <= epochMsToTicks(place.startedEpochMs)
  if (isNew && type === `${kind}.updated`) return created
  return isOld || isWanted(created) ? type : undefined
}

/** A change that a filter lets through though it is older, or so young that its delivery may still come, is not this walk's. */
export function isDue(
  { youngMs = usualYoungMs }: Pick<WalkDeps, 'youngMs'>,
  changed: Ticks | undefined,
  { since, startedEpochMs }: WalkPlace,
): boolean {
  if (changed === undefined) return true
  return changed >= since && changed <= epochMsToTicks(startedEpochMs - youngMs)
}

/** The resource with all that a notification has; undefined if it cannot be fetched by now. */
async function whole(
  { api }: WalkDeps,
  { accountId, list, context }: Look,
  listed: FoundState,
): Promise<FoundState | undefined> {
  if (!('single' in list && list.single)) return listed
  try {
    const call = (path: string) => api.fetch(accountId, path, {}, context)
    return foundState(accountId, list, { text: await textOf(call, list.single(listed.id)) })
  } catch (error) {
    if (isOfOneResource(error)) return undefined
    throw error
  }
}

/** A resource is not there, or not yet, or not to be seen by us. */
export const goneStatuses: ReadonlySet<number> = new Set([403, 404, 410])

/**
 * Whether an answer may be about this resource alone: it is not there, or not yet, or not to be seen by us; or this one makes
 * Smokeball fail. The others are looked at.
 */
export function isOfOneResource(error: unknown): error is SmokeballError {
  return error instanceof SmokeballError && (goneStatuses.has(error.status) || error.status >= 500)
}

export function earlier(ticks: Ticks, ms: number): Ticks {
  const before = ticks - BigInt(ms) * 10_000n
  return (before > 0n ? before : 0n) as Ticks
}
