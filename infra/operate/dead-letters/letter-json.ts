import { ticksToEpochMs } from '../../../shared/event/ticks.ts'
import { isoOf } from '../moments.ts'
import type { DeadLetter } from './dead-letter.ts'

/** A dead letter as `--json` tells it. */
export function letterJson({ id, kind, reason, sinceEpochMs, event }: DeadLetter): object {
  return {
    ...{ id, kind, reason, since: isoOf(sinceEpochMs) },
    event: event
      ? {
          ...{ reference: event.reference, eventId: event.eventId, type: event.type },
          ...{ accountId: event.accountId, resource: event.resource, resourceKey: event.resourceKey },
          happened: isoOf(ticksToEpochMs(event.ticks)),
        }
      : null,
  }
}
