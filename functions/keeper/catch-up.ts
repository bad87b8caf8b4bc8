import { type WalkListDeps, walkList } from '../../shared/catch-up/walk-list.ts'
import type { Walk, WalkStore } from '../../shared/catch-up/walk-store.ts'
import { isWantedBy, wantedLists } from '../../shared/catch-up/wanted-lists.ts'
import type { AsideStore } from '../../shared/queue/aside-store.ts'
import type { Log } from '../../shared/runtime/json-log.ts'
import { systemAccountId } from '../../shared/smokeball-api/account.ts'
import type { Accounts } from '../../shared/smokeball-api/accounts.ts'
import type { ChangeList } from '../../shared/smokeball-api/lists.ts'
import type { CallContext } from '../../shared/smokeball-api/smokeball-api.ts'
import { type CatchUpInterval, lastTurnEpochMs } from './catch-up-interval.ts'

export interface CatchUpDeps extends Omit<WalkListDeps, 'isWanted' | 'walks'> {
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
    const wait = await whyToWait(deps, limit.signal)
    if (wait === undefined) return await walkAll(deps, limit)
    deps.log('info', { catchUp: 'waits', why: wait })
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

interface Due {
  accountId: string
  addedEpochMs: number
  /** When its subscription was repaired, if the last look at it did that; else 0. */
  repairedEpochMs: number
  list: ChangeList
  walk: Walk | undefined
}

interface Run extends CaughtUp {
  deps: CatchUpDeps & WalkListDeps
  limit: CallContext['limit']
  queue: Due[]
  /** When those that are left were walked to their end before. */
  behind: number[]
}

async function walkAll(deps: CatchUpDeps, limit: CallContext['limit']): Promise<CaughtUp> {
  const startEpochMs = deps.clock.now()
  const queue = await dueWalks(deps, limit.signal)
  const run: Run = {
    deps: { ...deps, isWanted: isWantedBy(deps.patterns) },
    ...{ limit, queue, behind: [], walked: 0, left: 0, found: 0 },
  }
  const due = queue.length
  await Promise.all(Array.from({ length: lanes }, () => workThrough(run)))
  const { walked, left, found } = run
  const nowEpochMs = deps.clock.now()
  const behindSeconds = Math.round((nowEpochMs - Math.min(nowEpochMs, ...run.behind)) / 1000)
  if (due > 0)
    deps.log('info', {
      catchUp: 'walked',
      ...{ due, walked, left, found, behindSeconds, ms: nowEpochMs - startEpochMs },
    })
  return { walked, left, found }
}

async function dueWalks(deps: CatchUpDeps, signal: AbortSignal): Promise<Due[]> {
  const [accounts, walks] = await Promise.all([deps.accounts.list(signal), deps.walks.list(signal)])
  const byKey = new Map(walks.map((walk) => [`${walk.kind} ${walk.accountId}`, walk]))
  const lists = wantedLists(deps.patterns)
  return accounts
    .filter(({ accountId }) => accountId !== systemAccountId)
    .flatMap(({ accountId, addedEpochMs, lastCheck }) =>
      lists.map((list) => ({
        ...{ accountId, addedEpochMs, list },
        repairedEpochMs: lastCheck?.outcome === 'repaired' ? lastCheck.atEpochMs : 0,
        walk: byKey.get(`${list.kind} ${accountId}`),
      })),
    )
    .filter((due) => isDue(due, deps.every, deps.clock.now()))
    .sort((a, b) => lastTryEpochMs(a) - lastTryEpochMs(b))
}

/** One that failed comes behind the others, and is tried again in the next run. */
function lastTryEpochMs({ walk }: Due): number {
  return Math.max(walk?.last?.startedEpochMs ?? 0, walk?.problem?.atEpochMs ?? 0)
}

/** After a repair, events of the time before are missed: it is not left to the night. */
function isDue(
  { accountId, walk, repairedEpochMs }: Due,
  every: CatchUpInterval,
  nowEpochMs: number,
): boolean {
  if (walk?.last === undefined || walk.place !== undefined) return true
  const turnEpochMs = lastTurnEpochMs(accountId, every, nowEpochMs)
  return walk.last.startedEpochMs < Math.max(turnEpochMs, repairedEpochMs)
}

async function workThrough(run: Run): Promise<void> {
  const { deps, limit, queue } = run
  for (let due = queue.shift(); due; due = queue.shift()) {
    try {
      const { place, isOver } = await walkList(deps, due, { limit })
      run.found += place.found
      if (isOver) run.walked++
      else leave(run, due)
    } catch (error) {
      leave(run, due)
      await tellProblem(deps, due, error, limit.signal)
    }
  }
}

function leave(run: Run, { walk, addedEpochMs }: Due): void {
  run.left++
  run.behind.push(walk?.last?.endedEpochMs ?? addedEpochMs)
}

async function tellProblem(
  { clock, walks, log, describe }: Run['deps'],
  { accountId, list: { kind } }: Due,
  error: unknown,
  signal: AbortSignal,
): Promise<void> {
  const text = describe(error)
  log('error', { failure: 'catch-up', account: accountId, kind, error: text })
  await walks.save({ accountId, kind }, { problem: { atEpochMs: clock.now(), text } }, signal)
}
