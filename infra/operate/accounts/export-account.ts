import type { StoredEvent } from '../../../shared/ledger/read-event.ts'
import { readEventItem } from '../../../shared/ledger/read-event.ts'
import { eventJson } from '../events/event-json.ts'
import { type AccountItemsDeps, eventsOfAccount, scanItems } from './account-items.ts'

/** How far an export is. */
export interface ExportStep {
  /** Items of the table that were looked at. */
  looked: number
  events: number
}

/** An event as an export tells it: its facts, and the notification as it was delivered. */
export function exportedEvent(event: StoredEvent) {
  // A text, so that every digit of its numbers stays; null where a part of it has expired, or it cannot be or never was read.
  return { ...eventJson(event), notification: event.text ?? null }
}

/**
 * All events that the table has of an account, those of a resource in the order in which they happened. It reads the whole
 * table. Throws what the table does, and the signal's reason.
 */
export async function* eventsToExport(
  { dynamodb, tableName }: AccountItemsDeps,
  accountId: string,
  { onStep, signal }: { onStep(step: ExportStep): void; signal: AbortSignal },
): AsyncGenerator<StoredEvent> {
  let events = 0
  for await (const { items, looked } of scanItems(
    { dynamodb, tableName },
    eventsOfAccount(accountId),
    signal,
  )) {
    for (const item of items) {
      yield await readEventItem({ client: dynamodb, tableName }, item, signal)
      events += 1
    }
    onStep({ looked, events })
  }
}
