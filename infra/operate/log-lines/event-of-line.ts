import { type EventOutcome, eventOutcomes } from '../../settings/line-outcomes.ts'
import type { LocalLine } from './local-line.ts'

/** The fields of the consumer's line of an event; undefined for any other line. What a handler logs may have an `event` too. */
export function eventOfLine({
  source,
  message,
}: LocalLine): (Record<string, unknown> & { event: EventOutcome }) | undefined {
  if (source !== 'consumer' || typeof message === 'string' || 'message' in message) return undefined
  const event = eventOutcomes.find((outcome) => outcome === message.event)
  return event && { ...message, event }
}
