import type { EventRow } from '../../../shared/ledger/event-row.ts'
import type { EventTableDeps } from '../../../shared/ledger/event-table.ts'
import { findEvent, parseReference } from '../../../shared/ledger/find-event.ts'
import { shownMoment } from '../moments.ts'

/** `unclear`: the text can name no event. `problem`: what to tell; it quotes the text. */
type LookedUp =
  | { kind: 'found'; event: EventRow }
  | { kind: 'unclear' | 'absent' | 'several' | 'not-lately'; problem: string }

/** The event that a person names: by its reference, its id, or how that begins. */
export async function lookUpEvent(
  deps: EventTableDeps,
  text: string,
  signal: AbortSignal,
): Promise<LookedUp> {
  const shown = text.trim().replace(/\s+/g, ' ').slice(0, 60)
  const reference = parseReference(text)
  if (!reference)
    return {
      kind: 'unclear',
      problem: `'${shown}' names no event: give a reference (as events list shows it), or an event id, or its first 8 digits or more.`,
    }
  const found = await findEvent(deps, reference, signal)
  switch (found.kind) {
    case 'found':
      return found
    case 'absent':
      return { kind: 'absent', problem: `There is no event ${shown}.` }
    case 'several':
      return {
        kind: 'several',
        problem: `${shown} names several events. Give one's whole id: ${found.events.map(({ eventId }) => eventId).join(' or ')}`,
      }
    case 'not-lately':
      return {
        kind: 'not-lately',
        problem:
          `${shown} is none of the events received since ${shownMoment(found.sinceEpochMs)}. An older one is found by its ` +
          `reference (events list), or in its resource's history (events resource).`,
      }
    default:
      return unreachable(found)
  }
}

function unreachable(found: never): never {
  throw new Error(`Unknown: ${String(found)}`)
}
