import { epochMsToTicks } from '../../../shared/event/ticks.ts'
import type { EventTableDeps } from '../../../shared/ledger/event-table.ts'
import { AdvisedError } from '../../../shared/runtime/advised-error.ts'
import { backgroundPace } from '../../../shared/smokeball-api/background-turns.ts'
import type { ChangeList } from '../../../shared/smokeball-api/lists.ts'
import type { CallContext, SmokeballApi } from '../../../shared/smokeball-api/smokeball-api.ts'
import { type Seen, seenOf } from './assumptions.ts'
import { deliveredStates } from './delivered-states.ts'
import { probeFilter, probeFractions, type TimedRow } from './probe-filter.ts'
import { probeOffset, probeOrder, probePageSize, type Sample } from './probe-pages.ts'
import { probeDeleted, probeMatter, probeStamps, probeZone } from './probe-states.ts'
import { mostCallsOfList, type ProbedList, type ProbedRow, probedList, settledMs } from './probed-list.ts'

export interface ProbeDeps {
  /** At the pace of what nobody waits for. */
  api: Pick<SmokeballApi, 'fetch'>
  table: EventTableDeps
  clock: { now(): number }
  /** It is told each finding as it comes. */
  tell(seen: Seen): void
}

/** So many calls, and seconds, probing these lists takes at most. */
export function costOf(lists: readonly ChangeList[]): { calls: number; seconds: number } {
  const calls = lists.length * mostCallsOfList
  return { calls, seconds: Math.ceil((calls * backgroundPace.spacingMs) / 1000) }
}

/**
 * Asks a firm's lists, and tells what they show of all that Smokeball's documentation leaves open. It reads, and changes nothing.
 * A list that is refused is told as that. Throws what the table throws, and what is nobody's to mend.
 */
export async function probeLists(
  deps: ProbeDeps,
  { accountId, lists }: { accountId: string; lists: readonly ChangeList[] },
  context: CallContext,
): Promise<Seen[]> {
  const all: Seen[] = []
  const tell = (...found: readonly Seen[]) => {
    all.push(...found)
    for (const each of found) deps.tell(each)
  }
  for (const list of lists)
    try {
      await probeList(deps, accountId, probedList(deps.api, accountId, list, context), context, tell)
    } catch (error) {
      context.limit.signal.throwIfAborted()
      if (!(error instanceof AdvisedError)) throw error
      const follows = 'A walk of this list fails in the same way, and is tried again.'
      tell(seenOf(list.kind, 'list').loses(error.problem, follows))
    }
  const byWrite = 'only a write shows it, and a probe makes none'
  tell(
    seenOf('all', 'soonness').notSeen(byWrite, 'Walks begin an hour before what is known.'),
    seenOf('all', 'children').notSeen(byWrite, 'If it does, the matter is told as updated.'),
  )
  return all
}

const statesCompared = 3

async function probeList(
  { table, clock }: ProbeDeps,
  accountId: string,
  probed: ProbedList,
  { limit }: CallContext,
  tell: (...found: readonly Seen[]) => void,
): Promise<void> {
  const { kind } = probed.list
  const nowEpochMs = clock.now()
  const sample = await sampleOf(probed, nowEpochMs)
  const row = timedRow(sample.rows, nowEpochMs)
  if (row) tell(...(await probeFilter(probed, row)))
  else
    tell(seenOf(kind, 'filter').notSeen('no row tells when it was changed', 'Change one, and run it again.'))
  tell(...(await probeFractions(probed, nowEpochMs)), ...(await probeOrder(probed, sample)))
  tell(await probeOffset(probed, sample), await probePageSize(probed, sample), ...probeMatter(probed, sample))
  const of = { accountId, kind, atMost: statesCompared }
  const { changed, deleted } = await deliveredStates(table, of, limit.signal)
  tell(...(await probeDeleted(probed, sample, deleted, nowEpochMs)), ...probeZone(probed, changed))
  tell(await probeStamps(probed, changed, nowEpochMs))
}

const sampledMs = 30 * 24 * 3_600_000

/** What was changed in the last month; all, where that is nothing. At most 2 calls. */
async function sampleOf({ page }: ProbedList, nowEpochMs: number): Promise<Sample> {
  const updatedSince = epochMsToTicks(nowEpochMs - sampledMs)
  const ofMonth = await page({ updatedSince, offset: 0 })
  if (ofMonth.rows.length > 0) return { ...ofMonth, updatedSince }
  return { ...(await page({ offset: 0 })), updatedSince: undefined }
}

/** The row whose change is newest, though not from just now if there is another. */
function timedRow(rows: readonly ProbedRow[], nowEpochMs: number): TimedRow | undefined {
  const timed = rows.filter((row): row is TimedRow => row.stamp?.ticks !== undefined)
  const newestFirst = timed.toSorted((a, b) => Number(b.stamp.ticks - a.stamp.ticks))
  const isSettled = ({ stamp }: TimedRow) => stamp.ticks <= epochMsToTicks(nowEpochMs - settledMs)
  return newestFirst.find(isSettled) ?? newestFirst[0]
}
