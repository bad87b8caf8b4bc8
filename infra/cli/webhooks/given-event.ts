import { parseReference } from '../../../shared/event-reference.ts'
import type { EventRow } from '../../../shared/event-row.ts'
import { findEvent } from '../../../shared/find-event.ts'
import { UsageError } from '../../usage-error.ts'
import { callLimit } from './call-limit.ts'
import { eventTableOf } from './event-table.ts'
import { shownMoment } from './moments.ts'
import { NotUnderstood } from './not-understood.ts'
import type { Run } from './on-deployment.ts'
import { lineForTerminal } from './terminal-text.ts'

/** The event that a command line names. Throws `NotUnderstood`, or `UsageError` when it is not found. */
export async function givenEvent({ deployment, next }: Run, text: string): Promise<EventRow> {
  const shown = lineForTerminal(text.trim()).slice(0, 60)
  const reference = parseReference(text)
  if (!reference)
    throw new NotUnderstood(
      `'${shown}' names no event: give a reference (as events list shows it), or an event id, or its first 8 digits or more.`,
    )
  const found = await findEvent(eventTableOf(deployment), reference, callLimit().signal)
  switch (found.kind) {
    case 'found':
      return found.event
    case 'absent':
      throw new UsageError(`There is no event ${shown}. See what is there: ${next('events list')}`)
    case 'several':
      throw new UsageError(
        `${shown} names several events. Give one's whole id: ${found.events.map(({ eventId }) => eventId).join(' or ')}`,
      )
    case 'not-lately':
      throw new UsageError(
        `${shown} is none of the events received since ${shownMoment(found.sinceEpochMs)}. An older one is found by its ` +
          `reference (events list), or in its resource's history (events resource).`,
      )
    default:
      return unreachable(found)
  }
}

function unreachable(found: never): never {
  throw new Error(`Unknown: ${String(found)}`)
}
