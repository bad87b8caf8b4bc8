import { deliveryOfLine } from '../operate/log-lines/delivery-of-line.ts'
import type { LocalLine } from '../operate/log-lines/local-line.ts'

/** How long a FIFO queue takes no second message of a deduplication id, counted from the first. */
const windowMs = 5 * 60_000

/**
 * Marks accepted deliveries whose event the queue has already taken, and so drops. The queue tells nobody: this
 * remembers the events of accepted deliveries for as long as the queue does.
 */
export function droppedCopies(now: () => number): (line: LocalLine) => LocalLine {
  const acceptedAt = new Map<string, number>()

  function forgetOld(): void {
    for (const [event, epochMs] of acceptedAt) {
      if (now() - epochMs < windowMs) return
      acceptedAt.delete(event)
    }
  }

  return function markDropped(line) {
    const told = deliveryOfLine(line)
    if (told?.delivery !== 'accepted' || typeof told.event !== 'string') return line
    forgetOld()
    // Only the part of a reference that is of the event counts: the rest is when this delivery was received.
    const event = told.event.replace(/^.*-/, '')
    if (acceptedAt.has(event)) return { ...line, droppedByQueue: true }
    acceptedAt.set(event, now())
    return line
  }
}
