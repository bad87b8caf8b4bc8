/**
 * How lists of what changed behave where no public text says it. A client has to be right with all of it: `plainLists` are kind,
 * and `trickyLists` are not.
 */
export interface ListTraps {
  /**
   * This number makes the order of a list that is not sorted, and a row that changes moves. Undefined: rows come in the order
   * of their creation.
   */
  shuffle: number | undefined
  /** Whether a filter also gives what changed at the very time that it names. */
  since: 'inclusive' | 'exclusive'
  /** Lists show what there was so long ago. */
  staleMs: number
  /** What was created is not found by its id for so long. One integration saw 8 s. */
  notYetMs: number
  /** Deleted matters, tasks and activity codes in a list that does not ask for them. */
  deletedRows: 'listed' | 'left-out'
  /** A deleted matter, contact, task or activity code, asked for by its id: 200 with its flag, or 404. */
  deletedSingles: 'flagged' | 'gone'
  /** Whether `From` and `To` of calendar events look at their start or their end. */
  calendar: 'start' | 'end'
  /** Whether rows of a list of all calendar events name their matter. One integration found null in each. */
  calendarMatters: 'told' | 'null'
  /** Filters that are not written as documented: fractions of a second, a zone in that of calendar events. */
  looseTimes: 'taken' | 'refused'
}

export const plainLists: ListTraps = {
  shuffle: undefined,
  since: 'inclusive',
  staleMs: 0,
  notYetMs: 0,
  deletedRows: 'listed',
  deletedSingles: 'gone',
  calendar: 'end',
  calendarMatters: 'told',
  looseTimes: 'taken',
}

/** All traps at once. The seed decides what may be one way or the other. */
export function trickyLists(seed: number): ListTraps {
  const turn = <T>(name: string, ways: readonly [T, T]): T => ways[placeOf(seed, name) % 2 === 0 ? 0 : 1]
  return {
    shuffle: seed,
    since: turn('since', ['inclusive', 'exclusive']),
    staleMs: 1_000 + (placeOf(seed, 'stale') % 9_000),
    notYetMs: 1_000 + (placeOf(seed, 'not yet') % 9_000),
    deletedRows: turn('rows', ['listed', 'left-out']),
    deletedSingles: turn('singles', ['flagged', 'gone']),
    calendar: turn('calendar', ['start', 'end']),
    calendarMatters: 'null',
    looseTimes: 'refused',
  }
}

/** A number of 32 bits that seed and text make, always the same: FNV-1a, with the last step of MurmurHash3. */
export function placeOf(seed: number, text: string): number {
  let hash = 0x811c9dc5 ^ seed
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
