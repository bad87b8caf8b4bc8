import { eventId, importedEventId, recoveredEventId, resourceKey } from './event-identity.ts'
import { type JsonValue, parseRounding, parseValid } from './lossless-json.ts'
import { type Resource, resourceOf } from './resource-of-event.ts'
import { stampOf } from './stamps.ts'
import { parseTicks, type Ticks } from './ticks.ts'
import { mostLevels, NestedTooDeep, scanTopLevel } from './top-level-scanner.ts'

/** A notification's facts, with its identity. Texts are exactly as delivered. */
export interface Envelope {
  accountId: string
  userId: string | undefined
  subscriptionId: string | undefined
  type: string
  source: string | undefined
  /** Catch-up found what it tells: no delivery of it had come. */
  recovered: boolean
  /** The only handler that it is for: the first import of a firm made it. */
  importedFor?: string | undefined
  ticks: Ticks
  /** Empty when the notification has no `payload` member. What it holds is made by `payloadOf`: parsed, it takes many times its length. */
  payloadText: string
  eventId: string
  resource: Resource
  resourceKey: string
}

/** The `source` of a notification that catch-up made of what it fetched. Smokeball sends none such, and the receiver takes none. */
export const catchUpSource = 'CatchUp'
/** The `source` of a notification that the first import of a firm made for one handler, which its `handler` names. */
export const importSource = 'FirstImport'

/**
 * API Gateway takes 10 MB a request, and Lambda less: what unpacks to more was not delivered.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
export const maxNotificationBytes = 10 * 1024 * 1024

/** A notification from so many characters on is parsed when no other one is, with the memory to itself. */
export const largeFromChars = 262_144

export class NotANotification extends Error {
  readonly code = 'NOT_A_NOTIFICATION'
  /** What is wrong with it. */
  readonly problem: string

  constructor(problem: string, options?: ErrorOptions) {
    super(`Not a Smokeball notification: ${problem}.`, options)
    this.name = 'NotANotification'
    this.problem = problem
  }
}

/**
 * Reads a notification: `{ accountId, userId?, subscriptionId, type, source, payload, timestamp }`. Unknown types and
 * fields pass, and so does a `payload` of any shape of up to 100 levels; only a `noop` may come without one. Throws
 * `NotANotification`, which says what is wrong.
 */
export function readEnvelope(text: string): Envelope {
  // First, since it takes no memory: what nests too deep is not parsed.
  const exact = exactMembers(text)
  const body = parseObject(text)
  const accountId = requiredText(body, 'accountId')
  const type = requiredText(body, 'type')
  if (exact.payload === undefined && type !== 'noop') throw new NotANotification('`payload` is missing')
  const ticks = timestampTicks(exact.timestamp)
  const payloadText = exact.payload ?? ''
  const source = optionalText(body, 'source')
  const recovered = source === catchUpSource
  const id = eventId({ accountId, type, ticks, payloadText })
  const resource = resourceOf(type, body.payload, id)
  const key = resourceKey(accountId, resource.kind, resource.id)
  const stamp = recovered ? stampOf(resource.kind, payloadText) : undefined
  const importedFor = source === importSource ? optionalText(body, 'handler') : undefined
  const foundId = stamp && recoveredEventId(key, stamp.text)
  const ownId = importedFor === undefined ? foundId : importedEventId(key, importedFor, ticks)
  return {
    accountId,
    userId: optionalText(body, 'userId'),
    subscriptionId: optionalText(body, 'subscriptionId'),
    type,
    source,
    recovered,
    importedFor,
    ticks,
    payloadText,
    eventId: ownId ?? id,
    resource,
    resourceKey: key,
  }
}

/** The payload with every digit of its integers (`bigint` beyond 2^53), made anew by each call; `null` when it is missing. */
export function payloadOf({ payloadText }: Pick<Envelope, 'payloadText'>): JsonValue {
  return payloadText === '' ? null : parseValid(payloadText)
}

function exactMembers(text: string): { timestamp?: string; payload?: string } {
  try {
    return scanTopLevel(text, ['timestamp', 'payload'])
  } catch (error) {
    if (error instanceof NestedTooDeep) throw new NotANotification(`nested deeper than ${mostLevels} levels`)
    if (error instanceof SyntaxError) throw new NotANotification('not JSON')
    throw error
  }
}

function parseObject(text: string): Record<string, unknown> {
  let body: unknown
  try {
    body = parseRounding(text)
  } catch {
    // The cause is left out: a SyntaxError quotes the body, and bodies are never logged.
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
