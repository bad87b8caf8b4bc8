import type { Stamp } from '../../../shared/event/stamps.ts'
import { type Ticks, ticksToDate } from '../../../shared/event/ticks.ts'
import { type Seen, seenOf } from './assumptions.ts'
import type { DeliveredState } from './delivered-states.ts'
import type { Sample } from './probe-pages.ts'
import { type ProbedList, type ProbedRow, settledMs } from './probed-list.ts'

const hourTicks = 36_000_000_000n

const deliverOne = 'Change one at Smokeball, so that its delivery comes, and run it again.'
const later = 'Run it again in ten minutes.'

interface Compared {
  state: DeliveredState
  row: ProbedRow | 'absent' | 'unsure'
  single: ProbedRow | undefined
}

/** Compares what webhooks told with the list and with the single resources. At most 3 calls for each state. */
export async function probeStamps(
  probed: ProbedList,
  states: readonly DeliveredState[],
  nowEpochMs: number,
): Promise<Seen> {
  const { kind } = probed.list
  const stamps = seenOf(kind, 'stamps')
  if (states.length === 0) return stamps.notSeen('the event table has no delivery of this kind', deliverOne)
  const compared: Compared[] = []
  for (const state of states) {
    const row = await probed.find(state.id, since(state))
    compared.push({ state, row, single: await probed.single(state.id) })
  }
  const listed = compared.flatMap(({ state, row }) => (typeof row === 'string' ? [] : [{ state, row }]))
  const count = (how: (a: Stamp, b: Stamp) => boolean) =>
    listed.filter(({ state, row }) => state.stamp && row.stamp && how(row.stamp, state.stamp)).length
  const [same, newer] = [count(isSame), count((row, told) => !isSame(row, told) && !isOlder(row, told))]
  const older = listed.filter(({ state, row }) => state.stamp && row.stamp && isOlder(row.stamp, state.stamp))
  const singles = compared.filter(
    ({ row, single }) =>
      typeof row !== 'string' && row.stamp && single?.stamp && isSame(row.stamp, single.stamp),
  ).length
  const absent = compared.filter(({ row }) => row === 'absent')
  const seen =
    `of ${states.length} resources that webhooks told of, the list has ${same} with the stamp of the payload, ${newer} with a ` +
    `newer and ${older.length} with an older one; ${absent.length} are not in it; ${singles} have the stamp of the single resource`
  const wrong = [...absent, ...older].filter(({ state }) => nowEpochMs - state.receivedEpochMs >= settledMs)
  const ids = wrong.map(({ state }) => state.id).join(', ')
  if (wrong.length > 0)
    return stamps.loses(
      `${seen}: see ${ids}`,
      'Walks do not find a change whose stamp is older than what was delivered.',
    )
  if (older.length + absent.length > 0) return stamps.notSeen(seen, later)
  if (same + newer === 0)
    return stamps.notSeen(`${seen}; the others have no stamp`, 'Their events count by their time.')
  if (newer > 0)
    return stamps.harmless(
      seen,
      'A newer stamp is a change that no delivery told of: the next walk hands it over.',
    )
  return stamps.asAssumed(seen, 'Nothing.')
}

function isSame(a: Stamp, b: Stamp): boolean {
  return a.ticks !== undefined && b.ticks !== undefined ? a.ticks === b.ticks : a.text === b.text
}

/** Versions tell no order. */
function isOlder(row: Stamp, told: Stamp): boolean {
  return row.ticks !== undefined && told.ticks !== undefined && row.ticks < told.ticks
}

function since({ ticks, stamp }: DeliveredState): Ticks {
  const earlier = stamp?.ticks !== undefined && stamp.ticks < ticks ? stamp.ticks : ticks
  return (earlier - hourTicks) as Ticks
}

/** Looks for what was deleted. At most 2 calls. */
export async function probeDeleted(
  probed: ProbedList,
  { rows }: Sample,
  deletion: DeliveredState | undefined,
  nowEpochMs: number,
): Promise<Seen[]> {
  const { kind, deleted: mark } = probed.list
  if (!mark) return []
  const deleted = seenOf(kind, 'deleted')
  const count = rows.filter((row) => row.isDeleted).length
  const ofRows = `${count} of ${rows.length} rows say that they are deleted`
  if (!deletion)
    return [
      count > 0
        ? deleted.asAssumed(ofRows, 'Nothing.')
        : deleted.notSeen(
            `${ofRows}, and no delivery told of a deletion`,
            'Delete one at Smokeball, and run it again.',
          ),
    ]
  const row = await probed.find(deletion.id, since(deletion))
  const told = `${deletion.id}, deleted ${ticksToDate(deletion.ticks).toISOString()}`
  if (row === 'unsure') return [deleted.notSeen(`${told}: it is not among the first 1,000 rows`, later)]
  if (row !== 'absent' && row.isDeleted)
    return [deleted.asAssumed(`${told}: the list has it, and says so`, 'Nothing.')]
  if (nowEpochMs - deletion.receivedEpochMs < settledMs)
    return [deleted.notSeen(`${told}: the list does not tell it yet`, later)]
  const how = row === 'absent' ? 'it is not in the list' : 'the list has it without a mark'
  return [deleted.loses(`${told}: ${how}`, 'Walks do not find a deletion of which no delivery came.')]
}

const closeTicks = (hourTicks * 5n) / 6n

/** Compares stamps without a zone with the times of their events. No call. */
export function probeZone({ list }: ProbedList, states: readonly DeliveredState[]): Seen[] {
  if (list.filter[1] !== 'iso-without-zone') return []
  const zone = seenOf(list.kind, 'zone')
  const [state] = states.filter(({ stamp }) => stamp?.ticks !== undefined)
  if (!state?.stamp?.ticks)
    return [zone.notSeen('the event table has no delivery with such a stamp', deliverOne)]
  const apart = state.stamp.ticks - state.ticks
  const seen = `${state.id}: its stamp is ${state.stamp.text}, and its event's time ${ticksToDate(state.ticks).toISOString()}`
  const isClose = apart < closeTicks && apart > -closeTicks
  return [
    isClose
      ? zone.asAssumed(seen, 'Nothing.')
      : zone.loses(seen, 'Walks take changes for older or younger than they are.'),
  ]
}

/** Whether rows of the calendar name their matter. No call. */
export function probeMatter({ list }: ProbedList, { rows }: Sample): Seen[] {
  if (!list.single) return []
  const named = rows.filter(({ hasMatter }) => hasMatter).length
  return [
    seenOf(list.kind, 'matter').asAssumed(
      `${named} of ${rows.length} rows name one`,
      'Walks fetch each by its own path.',
    ),
  ]
}
