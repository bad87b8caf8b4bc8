import { eventOutcomes } from '../../shared/event/outcomes.ts'
import {
  countDelivery,
  type DeliveryCounts,
  deliveryOfLine,
  eventOfLine,
  type LocalLine,
  type LoggedCall,
  type LogLevel,
  localLine,
} from '../operate/log-lines.ts'

const kept = 10_000

/** Takes what the functions log and what the run tells of itself. It keeps the last lines, and passes each on. */
export interface LineRecord {
  lines: readonly LocalLine[]
  /** They count what all lines so far tell of deliveries. */
  counts: Readonly<DeliveryCounts>
  /** Calls the listener with each line from now on. The returned function ends that. */
  subscribe(listener: (line: LocalLine) => void): () => void
  from(source: LocalLine['source']): (logged: LoggedCall) => void
  tell(level: LogLevel, text: string): void
  /** Ends all telling: it is no news that processes are killed while the run stops. */
  close(): void
}

export function lineRecord(onLine: (line: LocalLine) => void = () => {}): LineRecord {
  const lines: LocalLine[] = []
  const counts: DeliveryCounts = { accepted: 0, refused: 0, dropped: 0, quarantined: 0 }
  const listeners = new Set([onLine])
  const markDropped = droppedCopies(() => Date.now())
  let isOpen = true

  function add(line: LocalLine): void {
    if (!isOpen) return
    const marked = markDropped(line)
    lines.push(marked)
    if (lines.length > kept) lines.shift()
    countDelivery(counts, marked)
    for (const tell of listeners) tell(marked)
  }

  return {
    lines,
    counts,
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    from: (source) => (logged) => add(localLine(source, logged, new Date())),
    tell: (level, text) => add({ source: 'local', level, at: new Date(), message: text }),
    close() {
      isOpen = false
    },
  }
}

/** For so long after the first message, a FIFO queue drops further ones with the same deduplication id. */
const windowMs = 5 * 60_000

/**
 * Marks accepted deliveries whose event the queue drops, since it has taken it already. The queue tells nobody, so this
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
    // Only the part of a reference that names the event counts: the rest says when this delivery was received.
    const event = told.event.replace(/^.*-/, '')
    if (acceptedAt.has(event)) return { ...line, droppedByQueue: true }
    acceptedAt.set(event, now())
    return line
  }
}

/** Knows which accepted events have come to no end yet, from what the functions log. */
interface WaitingEvents {
  see(line: LocalLine): void
  /** Returns when the oldest of them was accepted, in milliseconds since 1970; undefined when there is none. */
  oldestEpochMs(): number | undefined
}

export function waitingEvents(): WaitingEvents {
  /** It maps events to the time of their acceptance. The oldest event comes first. */
  const acceptedAt = new Map<unknown, number>()
  return {
    see(line) {
      const delivery = deliveryOfLine(line)
      if (delivery?.delivery === 'accepted' && !line.droppedByQueue)
        acceptedAt.set(delivery.event, line.at.getTime())
      const event = eventOfLine(line)
      if (event && eventOutcomes[event.event].isFinal) acceptedAt.delete(event.id)
    },
    oldestEpochMs: () => acceptedAt.values().next().value,
  }
}
