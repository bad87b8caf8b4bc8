import type { EventPage } from '../api/console-api.ts'

/** How far a list of events goes. */
export interface FeedReach {
  /** Where the next page begins; null if there is none. */
  next: PageStart | null
  /** The moment of the oldest event that was looked at; null if there was none. */
  lookedBackTo: string | null
}

/** After a page, or at a moment. */
export type PageStart = { cursor: string } | { until: string }

export function reachOf({ cursor, lookedBackTo }: Pick<EventPage, 'cursor' | 'lookedBackTo'>): FeedReach {
  return { next: cursor === null ? null : { cursor }, lookedBackTo }
}

/** What is older than all that was looked at comes by a page of its own: shown before, it would hide that others are missing. */
export function isWithin({ next, lookedBackTo }: FeedReach): (iso: string) => boolean {
  return (iso) => next === null || lookedBackTo === null || Date.parse(iso) >= Date.parse(lookedBackTo)
}
