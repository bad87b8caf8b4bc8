import type { LocalLine } from './local-line.ts'

const ended = ['handled', 'superseded', 'own', 'unhandled', 'dead-lettered', 'duplicate']

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
    see({ message, at, droppedByQueue }) {
      if (typeof message === 'string' || droppedByQueue) return
      if (message.delivery === 'accepted') acceptedAt.set(message.event, at.getTime())
      else if (ended.includes(String(message.event))) acceptedAt.delete(message.id)
    },
    oldestEpochMs: () => acceptedAt.values().next().value,
  }
}
