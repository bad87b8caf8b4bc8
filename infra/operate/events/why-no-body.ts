import type { EventRow } from '../../../shared/ledger/event-row.ts'

/** Why the table has no text of an event's notification: a part of a sentence. */
export function whyNoBody({ bodyDays }: Pick<EventRow, 'bodyDays'>): string {
  if (bodyDays === undefined) return 'a part of it has expired'
  return `its body was kept for ${bodyDays} ${bodyDays === 1 ? 'day' : 'days'} (bodyRetentionDays)`
}
