import { type Ticks, ticksToDate } from '../../../shared/event/ticks.ts'
import { type Seen, seenOf } from './assumptions.ts'
import type { ProbedList, ProbedRow } from './probed-list.ts'

/** A row with a stamp that tells a time. */
export interface TimedRow extends ProbedRow {
  stamp: { text: string; ticks: Ticks }
}

const hourTicks = 36_000_000_000n

/** Lists from a row's own stamp, from an hour before and from an hour after it. At most 5 calls. */
export async function probeFilter(probed: ProbedList, { id, stamp }: TimedRow): Promise<Seen[]> {
  const { kind, filter } = probed.list
  const [exact, compared] = [seenOf(kind, 'exact-time'), seenOf(kind, 'filter')]
  const at = stamp.ticks
  const ofRow = `${id}, changed ${ticksToDate(at).toISOString()}`
  const since = await probed.find(id, at)
  const isCut = filter[1] !== 'ticks' && at % 10_000_000n !== 0n
  const words = isCut ? 'from the second of its change' : 'from the very time of its change'
  const walksBefore = 'Walks begin an hour before what is known.'
  const ofExact =
    since === 'unsure'
      ? exact.notSeen(`over 1,000 rows come ${words}, and ${id} is not among the first`, walksBefore)
      : exact.asAssumed(
          `${ofRow}: it is ${since === 'absent' ? 'not ' : ''}in the list ${words}`,
          walksBefore,
        )

  const before = await probed.find(id, (at - hourTicks) as Ticks)
  if (before === 'absent')
    return [
      ofExact,
      compared.loses(
        `${ofRow}: it is not in the list from an hour before that`,
        'Walks do not find it: the filter compares another time, or takes the time for that of another zone.',
      ),
    ]
  if (before === 'unsure')
    return [
      ofExact,
      compared.notSeen(
        `over 1,000 rows were changed since an hour before ${ofRow}`,
        'Run it again when less was changed.',
      ),
    ]
  const { rows } = await probed.page({ updatedSince: (at + hourTicks) as Ticks, offset: 0 })
  const letsThrough = rows.some((row) => row.id === id)
  return [
    ofExact,
    letsThrough
      ? compared.harmless(
          `${ofRow}: it is in the list from an hour after that, too`,
          'Walks pass by rows that are older by their stamps. They read more pages.',
        )
      : compared.asAssumed(
          `${ofRow}: it is in the list from an hour before that, and not from an hour after`,
          'Nothing.',
        ),
  ]
}

/** Asks with times in forms that are not documented. At most 2 calls. */
export async function probeFractions({ list, isRefused }: ProbedList, nowEpochMs: number): Promise<Seen[]> {
  const [name, form] = list.filter
  if (form === 'ticks') return []
  const seconds = new Date(nowEpochMs).toISOString().slice(0, 19)
  const zone = form === 'iso' ? 'Z' : ''
  const fraction = await isRefused({ [name]: `${seconds}.500${zone}` })
  const otherZone = await isRefused({ [name]: form === 'iso' ? seconds : `${seconds}Z` })
  const word = (refused: boolean) => (refused ? 'refused (400)' : 'taken')
  return [
    seenOf(list.kind, 'fractions').asAssumed(
      `fractions of a second are ${word(fraction)}; a time ${form === 'iso' ? 'without' : 'with'} a zone is ${word(otherZone)}`,
      'Walks send neither.',
    ),
  ]
}
