import { catchUpSource, importSource } from '../event/envelope.ts'
import { eventReference, readResourceKey } from '../event/event-identity.ts'
import type { Resource } from '../event/resource-of-event.ts'
import { parseTicks } from '../event/ticks.ts'
import { readEarlierRun } from './event-item.ts'
import type { EarlierRun } from './event-record.ts'
import type { Item } from './ledger-item.ts'

/** An event as it is listed: all but the body and, in the feed, what its handlers failed with. */
export interface EventRow extends EarlierRun {
  /** Names it wherever an event is asked for. */
  reference: string
  accountId: string
  resource: Resource
  /** Catch-up found it: no delivery of it had come. */
  isRecovered: boolean
  /** The first import of its firm made it, for one handler. */
  isImported: boolean
}

/** From an item of the table or of its feed. */
export function readEventRow(item: Item): EventRow {
  const resourceKey = item.pk?.S ?? ''
  const [, ticks = '', eventId = ''] = (item.sk?.S ?? '').split('#')
  const run = readEarlierRun(item, { resourceKey, ticks: parseTicks(ticks), eventId })
  const { accountId, kind, id } = readResourceKey(resourceKey)
  const reference = eventReference({ eventId, receivedEpochMs: run.delivery.receivedEpochMs })
  const { source } = run.delivery
  return {
    ...run,
    reference,
    accountId,
    resource: { kind, id },
    isRecovered: source === catchUpSource,
    isImported: source === importSource,
  }
}
