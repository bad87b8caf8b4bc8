import { eventId, resourceKey } from './event-identity.ts'
import { type JsonValue, parseLossless, parseRounding } from './lossless-json.ts'
import { type Resource, resourceOf } from './resource-of-event.ts'
import { parseTicks, type Ticks } from './ticks.ts'
import { scanTopLevel } from './top-level-scanner.ts'

/** A notification's facts, with its identity. Texts are exactly as delivered. */
export interface Envelope<P = unknown> {
  accountId: string
  userId: string | undefined
  subscriptionId: string | undefined
  type: string
  source: string | undefined
  ticks: Ticks
  payload: P
  /** Empty when the notification has no `payload` member. */
  payloadText: string
  eventId: string
  resource: Resource
  resourceKey: string
}

export class NotANotification extends Error {
  readonly code = 'NOT_A_NOTIFICATION'

  constructor(what: string, options?: ErrorOptions) {
    super(`Not a Smokeball notification: ${what}.`, options)
    this.name = 'NotANotification'
  }
}

/**
 * Reads a notification: `{ accountId, userId?, subscriptionId, type, source, payload, timestamp }`. Unknown types and
 * fields pass, and so does a `payload` of any shape; only a `noop` may come without one. The payload's long integers
 * are rounded: see `readLosslessEnvelope`. Throws `NotANotification`, which says what is wrong.
 */
export function readEnvelope(text: string): Envelope {
  const body = parseObject(text)
  const accountId = requiredText(body, 'accountId')
  const type = requiredText(body, 'type')
  const exact = scanTopLevel(text, ['timestamp', 'payload'])
  if (exact.payload === undefined && type !== 'noop') throw new NotANotification('`payload` is missing')
  const ticks = timestampTicks(exact.timestamp)
  const payloadText = exact.payload ?? ''
  const id = eventId({ accountId, type, ticks, payloadText })
  const resource = resourceOf(type, body.payload, id)
  return {
    accountId,
    userId: optionalText(body, 'userId'),
    subscriptionId: optionalText(body, 'subscriptionId'),
    type,
    source: optionalText(body, 'source'),
    ticks,
    payload: body.payload,
    payloadText,
    eventId: id,
    resource,
    resourceKey: resourceKey(accountId, resource.kind, resource.id),
  }
}

/**
 * As `readEnvelope`, with every digit of the payload's integers (`bigint` beyond 2^53); a payload that is missing is
 * `null`. Only the payload is parsed without loss: the envelope's own long number would make every notification pay for it.
 */
export function readLosslessEnvelope(text: string): Envelope<JsonValue> {
  const envelope = readEnvelope(text)
  try {
    return { ...envelope, payload: envelope.payloadText === '' ? null : parseLossless(envelope.payloadText) }
  } catch (error) {
    if (error instanceof RangeError) throw new NotANotification('nested too deep')
    throw error
  }
}

function parseObject(text: string): Record<string, unknown> {
  let body: unknown
  try {
    body = parseRounding(text)
  } catch {
    // Without its cause: a SyntaxError quotes the body, and bodies are never logged.
    throw new NotANotification('not JSON')
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new NotANotification('not an object')
  }
  return body as Record<string, unknown>
}

function timestampTicks(digits: string | undefined): Ticks {
  if (digits === undefined) throw new NotANotification('`timestamp` is missing')
  try {
    return parseTicks(digits)
  } catch (cause) {
    throw new NotANotification('`timestamp` is not ticks', { cause })
  }
}

function requiredText(body: Record<string, unknown>, name: string): string {
  const text = optionalText(body, name)
  if (!text) throw new NotANotification(`\`${name}\` is missing or not a string`)
  return text
}

function optionalText(body: Record<string, unknown>, name: string): string | undefined {
  const value = Object.hasOwn(body, name) ? body[name] : undefined
  return typeof value === 'string' ? value : undefined
}
