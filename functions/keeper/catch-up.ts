import { usualYoungMs } from '../../shared/catch-up/look-at-rows.ts'
import { type WalkChangesDeps, walkChanges } from '../../shared/catch-up/walk-changes.ts'
import type { Walk } from '../../shared/catch-up/walk-item.ts'
import type { WalkMarks, WalkStore } from '../../shared/catch-up/walk-store.ts'
import { isWantedBy, wantedLists } from '../../shared/catch-up/wanted-lists.ts'
import { type Ticks, ticksToDate } from '../../shared/event/ticks.ts'
import type { AsideStore } from '../../shared/queue/aside-store.ts'
import type { Log } from '../../shared/runtime/json-log.ts'
import { systemAccountId } from '../../shared/smokeball-api/account.ts'
import type { Accounts } from '../../shared/smokeball-api/accounts.ts'
import type { TellingList } from '../../shared/smokeball-api/lists.ts'
import type { CallContext } from '../../shared/smokeball-api/smokeball-api.ts'
import { TryLater } from '../../shared/smokeball-api/try-later.ts'
import { type CatchUpInterval, turnAfter } from './catch-up-interval.ts'

export interface CatchUpDeps extends Omit<WalkChangesDeps, 'isWanted' | 'walks'> {
  accounts: Pick<Accounts, 'list'>
  walks: WalkStore
  aside: Pick<AsideStore, 'survey'>
  /** How many messages wait in the event queue. */
  waiting(signal: AbortSignal): Promise<number>
  /** What all handlers subscribe to. */
  patterns: readonly string[]
  every: CatchUpInterval
  log: Log
  /** Text of an error, without secrets. */
  describe(thrown: unknown): string
}

/** What a run came to. */
export interface CaughtUp {
  /** Lists of firms that were walked to their end. */
  walked: number
  /** Lists that there was no time for, or that could not be read. */
  left: number
  /** States that no delivery had shown. */
  found: number
}

/** Another run may begin so long after this one had to end. */
const marginMs = 5_000
/** A run ends before the next one begins, whatever the function's time limit is. */
const longestMs = 14 * 60_000
/** So many walks go on side by side: the pace of calls is the same, but one that hangs does not hold up the rest. */
const lanes = 2
/** While so many messages wait, most of what a list tells of waits there, too. */
const mostWaiting = 1_000

/**
 * Walks the lists of all firms that are due, those first whose last walk is oldest; what there is no time for goes on in the next
 * run. One that fails does not stop the others, and is told. Does nothing while another run goes on, or while deliveries wait that
 * would be taken for lost. Throws what the table throws.
 */
export async function catchUp(deps: CatchUpDeps, given: CallContext['limit']): Promise<CaughtUp> {
  const { clock, walks } = deps
  const signalEpochMs = Math.min(given.signalEpochMs, clock.now() + longestMs)
  const limit = { ...given, signalEpochMs }
  const nothing = { walked: 0, left: 0, found: 0 }
  const untilEpochMs = signalEpochMs + marginMs
  if (!(await walks.lock(untilEpochMs, limit.signal))) return nothing
  try {
    const survey = await walks.survey(limit.signal)
    const due = await dueWalks(deps, survey, limit.signal)
    const why = due.length > 0 ? await whyToWait(deps, limit.signal) : undefined
    if (why === undefined) return await walkAll(deps, due, limit)
    const { waited } = survey
    const goesOn = clock.now() - waited.untilEpochMs < sameWaitMs
    await walks.noteWait(goesOn ? waited.fromEpochMs : clock.now(), limit.signal)
    deps.log('info', {
      catchUp: 'waits',
      why,
      due: due.length,
      behindSeconds: behindSeconds(due, clock.now()),
    })
    return nothing
  } finally {
    // If this fails, the lock is over by itself when the next run begins.
    await walks.unlock(untilEpochMs, limit.signal).catch(() => {})
  }
}

async function whyToWait(deps: CatchUpDeps, signal: AbortSignal): Promise<string | undefined> {
  const [{ count }, waiting] = await Promise.all([deps.aside.survey(signal), deps.waiting(signal)])
  if (count > 0) return 'put-aside'
  return waiting > mostWaiting ? 'backlog' : undefined
}

/** A list of a firm whose turn has come. */
interface Due {
  accountId: string
  /** When its turn came, or since when it fails if it was never walked. */
  sinceEpochMs: number
  /** When its subscription was repaired, if the last look at it did that; else 0. */
  repairedEpochMs: number
  lost: WalkMarks['lost']
  list: TellingList
  walk: Walk | undefined
  /** It is begun anew, and nobody looks at what has changed from then until now. */
  unknownSince: Ticks | undefined
}

interface Run extends Omit<CaughtUp, 'left'> {
  deps: CatchUpDeps & WalkChangesDeps
  limit: CallContext['limit']
  queue: Due[]
  /** Those that there was no time for, or that failed. */
  leftOver: Due[]
}

async function walkAll(deps: CatchUpDeps, due: Due[], limit: CallContext['limit']): Promise<CaughtUp> {
  const startEpochMs = deps.clock.now()
  const run: Run = {
    deps: { ...deps, isWanted: isWantedBy(deps.patterns) },
    limit,
    queue: [...due],
    leftOver: [],
    walked: 0,
    found: 0,
  }
  const ends = await Promise.allSettled(Array.from({ length: lanes }, () => workThrough(run)))
  const { walked, found, leftOver } = run
  const nowEpochMs = deps.clock.now()
  if (due.length > 0)
    deps.log('info', {
      catchUp: 'walked',
      due: due.length,
      walked,
      left: leftOver.length,
      found,
      behindSeconds: behindSeconds(leftOver, nowEpochMs),
      ms: nowEpochMs - startEpochMs,
    })
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return { walked, left: leftOver.length, found }
}

function behindSeconds(due: readonly Due[], nowEpochMs: number): number {
  return Math.round(
    (nowEpochMs - Math.min(nowEpochMs, ...due.map(({ sinceEpochMs }) => sinceEpochMs))) / 1000,
  )
}

async function dueWalks(
  deps: CatchUpDeps,
  { walks, lost, waited }: { walks: readonly Walk[] } & WalkMarks,
  signal: AbortSignal,
): Promise<Due[]> {
  const accounts = await deps.accounts.list(signal)
  const byKey = new Map(walks.map((walk) => [`${walk.kind} ${walk.accountId}`, walk]))
  const lists = wantedLists(deps.patterns)
  const nowEpochMs = deps.clock.now()
  return accounts
    .filter(({ accountId }) => accountId !== systemAccountId)
    .flatMap(({ accountId, lastCheck }) =>
      lists.map((list) => {
        const before = byKey.get(`${list.kind} ${accountId}`)
        const walk = isForgotten(before, deps.every, waited, nowEpochMs) ? undefined : before
        const unknownSince = walk ? undefined : before?.known
        const turnEpochMs = turnAfter(accountId, deps.every, walk?.last?.startedEpochMs)
        const repairedEpochMs = lastCheck?.outcome === 'repaired' ? lastCheck.atEpochMs : 0
        const sinceEpochMs = turnEpochMs ?? walk?.problem?.sinceEpochMs ?? nowEpochMs
        return { accountId, list, walk, unknownSince, repairedEpochMs, lost, sinceEpochMs }
      }),
    )
    .filter((due) => isDue(due, nowEpochMs, deps.youngMs))
    .sort((a, b) => lastTryEpochMs(a) - lastTryEpochMs(b))
}

/** A list that nobody has walked or tried for so long is begun anew: what lies between is too much that is old. */
const longestPauseMs = 3 * 24 * 3_600_000
/** Waits that follow each other so soon are one: what they kept from being walked may still have its turn to come. */
const sameWaitMs = 24 * 3_600_000

/** Whether nobody has walked or tried it for longer than its turns, and the waits of all walks, take. */
function isForgotten(
  walk: Walk | undefined,
  every: CatchUpInterval,
  waited: WalkMarks['waited'],
  nowEpochMs: number,
): boolean {
  const { last, problem, place } = walk ?? {}
  const triedEpochMs = Math.max(last?.endedEpochMs ?? 0, problem?.atEpochMs ?? 0, place?.savedEpochMs ?? 0)
  const waitedMs = Math.max(0, waited.untilEpochMs - Math.max(waited.fromEpochMs, triedEpochMs))
  const mostMs = 'everyMs' in every ? Math.max(longestPauseMs, 2 * every.everyMs) : longestPauseMs
  return nowEpochMs - triedEpochMs - waitedMs > mostMs
}

/** One that failed comes behind the others, and is tried again in the next run. */
function lastTryEpochMs({ walk }: Due): number {
  return Math.max(walk?.last?.startedEpochMs ?? 0, walk?.problem?.atEpochMs ?? 0)
}

/** What fails is not asked for more often: a scope that is missing is missing for a while. */
const askAgainMs = 3_600_000

/** So long a list rests after a walk, however often deliveries are lost: anybody can send some that are refused. */
const restMs = 2 * 3_600_000

/** After a repair, events of the time before are missed, and so are lost deliveries: that is not left to the night. */
function isDue(
  { walk, sinceEpochMs, repairedEpochMs, lost }: Due,
  nowEpochMs: number,
  youngMs = usualYoungMs,
): boolean {
  if (walk?.problem && nowEpochMs - walk.problem.atEpochMs < askAgainMs) return false
  if (walk?.last === undefined || walk.place !== undefined || walk.problem) return true
  const { startedEpochMs } = walk.last
  if (sinceEpochMs <= nowEpochMs || startedEpochMs < repairedEpochMs) return true
  return [lost.firstEpochMs, lost.lastEpochMs].some((lostEpochMs) => {
    // An earlier walk would leave out what was young then.
    const showsFromEpochMs = lostEpochMs + youngMs
    const isOld = Math.max(showsFromEpochMs, startedEpochMs + restMs) <= nowEpochMs
    return startedEpochMs < showsFromEpochMs && isOld
  })
}

async function workThrough(run: Run): Promise<void> {
  const { deps, limit, queue } = run
  for (let due = queue.shift(); due; due = queue.shift()) {
    if (due.unknownSince !== undefined) tellAnew(deps, due, due.unknownSince)
    try {
      const { found, isOver } = await walkChanges(deps, due, { limit })
      run.found += found
      if (isOver) run.walked++
      else run.leftOver.push(due)
    } catch (error) {
      run.leftOver.push(due)
      // There is no time, or no rate, for any other, either.
      if (error instanceof TryLater) run.leftOver.push(...queue.splice(0))
      else await tellProblem(deps, due, error, limit.signal)
    }
  }
}

function tellAnew({ log }: Run['deps'], { accountId, list: { kind } }: Due, since: Ticks): void {
  const unknownSince = ticksToDate(since).toISOString()
  log('warn', { warning: 'catch-up begins anew', account: accountId, kind, unknownSince })
}

async function tellProblem(
  { clock, walks, log, describe }: Run['deps'],
  { accountId, list: { kind }, walk }: Due,
  error: unknown,
  signal: AbortSignal,
): Promise<void> {
  const [text, atEpochMs] = [describe(error), clock.now()]
  const sinceEpochMs = walk?.problem?.sinceEpochMs ?? atEpochMs
  log('error', { failure: 'catch-up', account: accountId, kind, error: text })
  await walks.save({ accountId, kind }, { problem: { atEpochMs, sinceEpochMs, text } }, signal)
}
