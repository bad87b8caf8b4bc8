import { ticksOfIso } from '../event/stamps.ts'
import type { Ticks } from '../event/ticks.ts'
import type { TellingList } from '../smokeball-api/lists.ts'

/** When a resource was created, at the earliest and at the latest. */
export interface Creation {
  from: Ticks
  until: Ticks
}

const ticksPerSecond = 10_000_000n
const ticksPerHour = 3_600n * ticksPerSecond

/** What a row says of it; undefined where the kind, or the row, tells no date. */
export function creationOf(
  { created = [] }: Pick<TellingList, 'created'>,
  payload: unknown,
): Creation | undefined {
  const texts: unknown[] = created.map((field) => Object(payload)[field])
  return texts.flatMap((text) => (typeof text === 'string' ? (creationIn(text) ?? []) : []))[0]
}

/** A date alone, which may have midnight for its time, is a day wherever the firm is: from 14 hours before UTC to 12 after it. */
function creationIn(text: string): Creation | undefined {
  const [, day] = /^(\d{4}-\d\d-\d\d)(?:T00:00:00(?:\.0+)?(?:Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? []
  if (day === undefined) return between(ticksOfIso(text), 0n, ticksPerSecond)
  return between(ticksOfIso(`${day}T00:00:00Z`), -14n * ticksPerHour, 36n * ticksPerHour)
}

function between(ticks: Ticks | undefined, before: bigint, after: bigint): Creation | undefined {
  return ticks === undefined
    ? undefined
    : { from: (ticks + before) as Ticks, until: (ticks + after) as Ticks }
}
