import { inspect } from 'node:util'
import { parseLossless } from '../../shared/event/lossless-json.ts'
import {
  type DeliveryOutcome,
  deliveryOutcomes,
  type EventOutcome,
  eventOutcomes,
  namesOf,
} from '../../shared/event/outcomes.ts'
import { lineMark } from '../../shared/runtime/json-log.ts'
import type { FunctionName } from '../bundle/bundle.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** One call of `console`: an object that was given alone stands as JSON, anything else as the text that Node makes of it. */
export type LoggedCall = { type: 'log'; level: LogLevel } & ({ json: string } | { text: string })

/** One line that a function logged, or that the local run tells of itself. */
export interface LocalLine {
  source: FunctionName | 'local'
  level: LogLevel
  at: Date
  /** An object for the structured lines; text for anything else. */
  message: Record<string, unknown> | string
  /** The same event was accepted less than five minutes before, so the queue drops this copy. */
  droppedByQueue?: true
}

/** The line that a function's `console` call stands for. */
export function localLine(source: LocalLine['source'], logged: LoggedCall, at: Date): LocalLine {
  return { source, level: logged.level, at, message: 'text' in logged ? logged.text : messageOf(logged.json) }
}

/** What a handler logs itself counts as text, whatever its fields are called. */
function messageOf(json: string): Record<string, unknown> | string {
  const parsed = parseLossless(json)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return json
  const { [lineMark]: mark, ...fields } = parsed
  return mark === undefined ? fieldsText(parsed) : fields
}

/** Fields as a terminal shows them. */
export function fieldsText(fields: Record<string, unknown>): string {
  return inspect(fields, { breakLength: Number.POSITIVE_INFINITY, depth: 6, sorted: false }).replace(
    /^\{ (.*) \}$/s,
    '$1',
  )
}

/** The fields of the receiver's line of a delivery; undefined for any other line, such as a handler's that looks like one. */
export function deliveryOfLine({
  source,
  message,
}: LocalLine): (Record<string, unknown> & { delivery: DeliveryOutcome }) | undefined {
  if (source !== 'receiver' || typeof message === 'string') return undefined
  const delivery = namesOf(deliveryOutcomes).find((outcome) => outcome === message.delivery)
  return delivery && { ...message, delivery }
}

/** The fields of the consumer's line of an event; undefined for any other line. What a handler logs may have an `event` too. */
export function eventOfLine({
  source,
  message,
}: LocalLine): (Record<string, unknown> & { event: EventOutcome }) | undefined {
  if (source !== 'consumer' || typeof message === 'string' || 'message' in message) return undefined
  const event = namesOf(eventOutcomes).find((outcome) => outcome === message.event)
  return event && { ...message, event }
}

/** What became of the deliveries since the run's start. `dropped`: how many of the accepted ones the queue dropped as copies. */
export interface DeliveryCounts {
  accepted: number
  refused: number
  dropped: number
  quarantined: number
}

/** Counts what a line tells of a delivery. */
export function countDelivery(counts: DeliveryCounts, line: LocalLine): void {
  const delivery = deliveryOfLine(line)?.delivery
  if (line.droppedByQueue) counts.dropped += 1
  if (delivery === 'put-aside') counts.accepted += 1
  if (delivery === 'accepted' || delivery === 'refused' || delivery === 'quarantined') counts[delivery] += 1
}
