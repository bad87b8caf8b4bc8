import type { StoredEvent } from '../../../shared/ledger/read-event.ts'

/** Why there is no text of an event's notification: a part of a sentence. */
export function whyNoBody({ bodyDays, unreadable }: Pick<StoredEvent, 'bodyDays' | 'unreadable'>): string {
  if (unreadable !== undefined) return `its body cannot be read: ${unreadable}`
  if (bodyDays === undefined) return 'a part of it has expired'
  return `its body was kept for ${bodyDays} ${bodyDays === 1 ? 'day' : 'days'} (bodyRetentionDays)`
}
