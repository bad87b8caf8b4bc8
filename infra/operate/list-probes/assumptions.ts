/** What is assumed of lists that Smokeball's documentation says nothing of, by the name of the probe that shows it. */
export const assumptions = {
  list: 'the list is answered',
  'exact-time': 'a filter takes the exact time given, or not: both are right',
  filter: "a filter compares a row's own stamp, in UTC",
  fractions: 'whole seconds in the documented form are taken; others are never sent',
  order: 'a list that is not sorted has any order',
  sort: '`Sort=asc(LastUpdated)` gives the oldest change first',
  offset: '`Offset` leaves out as many rows',
  'page-size': 'a page with fewer rows than were asked for is the last one',
  deleted: 'what was deleted is in the list, and says so',
  stamps: "a row's stamp is that of the single resource and of the webhook's payload",
  zone: 'a stamp without a zone is UTC',
  matter: 'a row may lack its matter',
  soonness: 'a change shows in its list within an hour',
  children: "a child's change may move the stamp of its matter",
} as const

/** The name of a probe. */
export type Probe = keyof typeof assumptions

/** What a probe showed of a list. Nothing of what a firm stores is in it but ids, stamps and counts. */
export interface Seen {
  /** The kind of the list's resources, or `all`. */
  list: string
  probe: Probe
  assumed: string
  seen: string
  follows: string
  /** `loses`: it is otherwise, and changes that no delivery tells of may not be found. `harmless`: it is otherwise, at no loss. */
  verdict: 'as-assumed' | 'harmless' | 'not-seen' | 'loses'
}

/** Makes the findings of a list. */
export function seenOf(list: string, probe: Probe) {
  const made = (verdict: Seen['verdict']) => (seen: string, follows: string) =>
    ({ list, probe, assumed: assumptions[probe], seen, follows, verdict }) satisfies Seen
  return {
    asAssumed: made('as-assumed'),
    harmless: made('harmless'),
    notSeen: made('not-seen'),
    loses: made('loses'),
  }
}
