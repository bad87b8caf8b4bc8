import { deliveryOfLine } from '../operate/log-lines/delivery-of-line.ts'
import { eventOfLine } from '../operate/log-lines/event-of-line.ts'
import type { LocalLine } from '../operate/log-lines/local-line.ts'
import type { EventOutcome } from '../settings/line-outcomes.ts'

const ended: EventOutcome[] = ['handled', 'superseded', 'own', 'unhandled', 'dead-lettered', 'duplicate']

/** Keeps which events were accepted and have come to no end yet, by what the functions log. */
export interface WaitingEvents {
  see(line: LocalLine): void
  /** When the oldest of them was accepted, in milliseconds since 1970; undefined when there is none. */
  oldestEpochMs(): number | undefined
}

export function waitingEvents(): WaitingEvents {
  /** Event → when it was accepted. The oldest is the first. */
  const acceptedAt = new Map<unknown, number>()
  return {
    see(line) {
      const delivery = deliveryOfLine(line)
      if (delivery?.delivery === 'accepted' && !line.droppedByQueue)
        acceptedAt.set(delivery.event, line.at.getTime())
      const event = eventOfLine(line)
      if (event && ended.includes(event.event)) acceptedAt.delete(event.id)
    },
    oldestEpochMs: () => acceptedAt.values().next().value,
  }
}
