import { createHash } from 'node:crypto'
import { InvalidEnvironment, variables } from '../../shared/runtime/environment.ts'

/** When a firm's lists are walked again: in the night that begins then (milliseconds after midnight, UTC), or after so long. */
export type CatchUpInterval = { nightBeginsMs: number } | { everyMs: number }

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Over so much of the night the firms are spread. */
const nightMs = 6 * hourMs

/** Ten in the evening, about, where the deployment is: the firms are near. */
const nightBegins: readonly [region: RegExp, utcMs: number][] = [
  [/^(ap|me|cn)-/, 12 * hourMs],
  [/^(eu|af|il)-/, 22 * hourMs],
]
const nightElsewhereMs = 5 * hourMs

/** Reads the variable `CATCH_UP`: `night`, or hours. Undefined: never. Throws `InvalidEnvironment` for anything else. */
export function intervalIn(text: string | undefined, region = ''): CatchUpInterval | undefined {
  if (text === undefined || text === '') return undefined
  if (text === 'night') {
    const [, nightBeginsMs = nightElsewhereMs] = nightBegins.find(([of]) => of.test(region)) ?? []
    return { nightBeginsMs }
  }
  const hours = Number(text)
  if (hours > 0) return { everyMs: hours * hourMs }
  throw new InvalidEnvironment({ others: [`Set ${variables.catchUp} to night, or to a number of hours.`] })
}

/**
 * When the firm's first turn comes after a time, in milliseconds since 1970; undefined where it had none yet. Each firm has its
 * turn in the same minute of each night, so that not all come at once.
 */
export function turnAfter(
  accountId: string,
  every: CatchUpInterval,
  lastEpochMs: number | undefined,
): number | undefined {
  if (lastEpochMs === undefined) return undefined
  if ('everyMs' in every) return lastEpochMs + every.everyMs
  const share = createHash('sha256').update(accountId).digest().readUInt32BE(0) / 2 ** 32
  const minuteOfNightMs = every.nightBeginsMs + Math.floor(share * nightMs)
  return Math.floor((lastEpochMs - minuteOfNightMs) / dayMs + 1) * dayMs + minuteOfNightMs
}
