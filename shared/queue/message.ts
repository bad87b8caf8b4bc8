import { isUtf8 } from 'node:buffer'
import { maxNotificationBytes } from '../event/envelope.ts'
import { decodePart, type EventKey, encodePart, keptRequestId, shortPart } from '../event/event-identity.ts'
import { parseTicks, type Ticks } from '../event/ticks.ts'

/**
 * SQS takes 1 MiB a message, attributes included; the last 4 KiB are left for what the way to the dead-letter queue adds.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
const maxMessageBytes = 1_048_576 - 4_096

/** SQS takes no empty body. */
export const noBody = '-'

/** Message attributes by name; all are strings. */
export type MessageAttributes = Record<string, string>

/** The encodings of a message whose body the event table has, as they begin. */
export const bodyIn = { parts: 'stored', event: 'recorded' } as const

/** What travels with a notification. */
export interface DeliveryNote {
  /** One over 256 bytes travels, and comes out, as `keptRequestId` has it. */
  requestId: string
  sentTicks: Ticks | undefined
  receivedEpochMs: number
  /** First 8 hex digits of the SHA-256 of the signing key that verified it. */
  keyFingerprint: string
}

/** A notification as the queue carries it. */
export interface QueueMessage {
  body: string
  attributes: MessageAttributes
}

/** Names of the attributes of both queues' messages. */
export const attributeNames = {
  requestId: 'requestId',
  sent: 'sent',
  received: 'received',
  key: 'key',
  /**
   * How the body is written: absent (as delivered), `base64`, or `gzip` (then base64). A message has no body of its own when that
   * is `stored <id> <number of parts>` (aside.ts) or `recorded` (with the event, which `event` names): fetch-body.ts.
   */
  encoding: 'encoding',
  /** Only a replay has it: which one, for whom and how (replay.ts). */
  replay: 'replay',
  /** The resource's key; and `<ticks> <event id> <type>`. */
  resource: 'resource',
  event: 'event',
  /** Only a delayed message has it: `<token> <due, in milliseconds since 1970>`. */
  later: 'later',
  /**
   * Dead letters only: `<kind>`, and ` <fence of the claim that gave it up>` if there was one; and why. They stay on when it is
   * redriven. SQS takes ten attributes a message, and a letter can have all others.
   */
  givenUp: 'givenUp',
  reason: 'reason',
  /** Only letters of an earlier release have it: the fence. */
  fence: 'fence',
} as const

/**
 * Packs a notification so that its bytes come out as they went in: as text where SQS carries it byte for byte, else
 * base64; gzipped when it would be too long. Returns undefined if it does not fit even so. `json`: the same as text, if
 * it is valid JSON; saves a look at each character.
 */
export function packMessage(bytes: Buffer, note: DeliveryNote, json?: string): QueueMessage | undefined {
  const attributes = noteAttributes(note)
  const plain = json === undefined ? sqsText(bytes) : sqsJson(json)
  if (plain !== undefined && bytes.length + attributeBytes(attributes) <= maxMessageBytes)
    return { body: plain, attributes }
  if (plain === undefined) {
    const light = withEncoding(bytes, 'base64', attributes)
    if (messageBytes(light) <= maxMessageBytes) return light
  }
  const heavy = withEncoding(gzip(bytes), 'gzip', attributes)
  return messageBytes(heavy) <= maxMessageBytes ? heavy : undefined
}

/** A message without a body of its own. `encoding` says where it is. */
export function referringMessage(note: DeliveryNote, encoding: string): QueueMessage {
  return { body: noBody, attributes: { ...noteAttributes(note), [attributeNames.encoding]: encoding } }
}

/** Whether the event table has the message's body. */
export function isReferring(attributes: MessageAttributes): boolean {
  const [encoding] = attributes[attributeNames.encoding]?.split(' ', 1) ?? []
  return encoding === bodyIn.parts || encoding === bodyIn.event
}

function noteAttributes(note: DeliveryNote): MessageAttributes {
  return {
    [attributeNames.received]: String(note.receivedEpochMs),
    [attributeNames.key]: note.keyFingerprint,
    ...(note.sentTicks !== undefined && { [attributeNames.sent]: note.sentTicks.toString() }),
    // Percent-encoded, since SQS takes neither empty values nor every character that a header may hold.
    ...(note.requestId !== '' && { [attributeNames.requestId]: encodePart(keptRequestId(note.requestId)) }),
  }
}

/** It takes a twentieth of the receiver's start to load, and hardly any delivery needs it. */
const zlib = () => process.getBuiltinModule('node:zlib')

export function gzip(bytes: Buffer): Buffer {
  return zlib().gzipSync(bytes)
}

/** The body of any message, gzipped. */
export function gzippedBody({ body, attributes }: QueueMessage): Buffer {
  const encoding = attributes[attributeNames.encoding]
  if (encoding === 'gzip') return Buffer.from(body, 'base64')
  return gzip(Buffer.from(body, encoding === 'base64' ? 'base64' : 'utf8'))
}

/** A message with its body in it, which was fetched from where it was stored. */
export function withGzippedBody({ attributes }: QueueMessage, gzipped: Buffer): QueueMessage {
  return {
    body: gzipped.toString('base64'),
    attributes: { ...attributes, [attributeNames.encoding]: 'gzip' },
  }
}

/** The notification's text, and its note. Throws if the body is not in the encoding that its attribute names. */
export function unpackMessage({ body, attributes }: QueueMessage): { text: string; note: DeliveryNote } {
  return { text: decodeBody(body, attributes[attributeNames.encoding]), note: readNote(attributes) }
}

/** What travels with a notification, by the message's attributes alone. */
export function readNote(attributes: MessageAttributes): DeliveryNote {
  const sent = attributes[attributeNames.sent]
  return {
    requestId: keptRequestId(decodePart(attributes[attributeNames.requestId] ?? '')),
    sentTicks: sent === undefined ? undefined : parseTicks(sent),
    receivedEpochMs: Number(attributes[attributeNames.received] ?? 0),
    keyFingerprint: attributes[attributeNames.key] ?? '',
  }
}

/** By these a message is known without its body: which resource, and which event. */
export function eventAttributes({
  resourceKey,
  ticks,
  eventId,
  type,
}: EventKey & { type?: string }): MessageAttributes {
  // A longer one is left out: whoever needs it finds it in the body, or in the event's record.
  const named = type === undefined ? undefined : shortPart(type)
  return {
    [attributeNames.resource]: resourceKey,
    [attributeNames.event]: [ticks, eventId, ...(named ? [named] : [])].join(' '),
  }
}

/** What a message says of its event by its attributes alone; undefined for one of an earlier release. */
export function readEventKey(attributes: MessageAttributes): (EventKey & { type?: string }) | undefined {
  const resourceKey = attributes[attributeNames.resource]
  const event = /^(\d{1,19}) ([0-9a-f]{32})(?: (\S{1,256}))?$/.exec(attributes[attributeNames.event] ?? '')
  if (resourceKey === undefined || !event) return undefined
  const [, digits = '', eventId = '', type] = event
  const ticks = ticksIn(digits)
  if (ticks === undefined) return undefined
  return {
    resourceKey,
    ticks,
    eventId,
    ...(type !== undefined && { type: decodePart(type) }),
  }
}

function ticksIn(digits: string): Ticks | undefined {
  try {
    return parseTicks(digits)
  } catch {
    return undefined
  }
}

/** The fence that a redriven message was dead-lettered with. */
export function deadLetterFence({ attributes }: QueueMessage): number | undefined {
  const fence = attributes[attributeNames.givenUp]?.split(' ')[1] ?? attributes[attributeNames.fence]
  return fence === undefined ? undefined : Number(fence)
}

/** Text that SQS takes, at most `chars` of it: for reasons and resources, which are made of whatever was sent. */
export function attributeText(text: string, chars: number): string {
  // Nearly all are plain, and need no other look.
  if (text.length <= chars && /^[\x20-\x7e]+$/.test(text)) return text
  return text.slice(0, chars).toWellFormed().replace(forbiddenInSqs, '\uFFFD') || '-'
}

/** All but #x9, #xA, #xD, #x20-#xD7FF, #xE000-#xFFFD, #x10000-#x10FFFF: API reference of SendMessage. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what SQS refuses
const forbiddenInSqs = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\uFFFE\uFFFF]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above, without state
const hasForbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\uFFFE\uFFFF]/

/** JSON has no control character of its own but white space: two are left to look for. */
function sqsJson(json: string): string | undefined {
  return json.includes('\uFFFE') || json.includes('\uFFFF') ? undefined : json
}

function sqsText(bytes: Buffer): string | undefined {
  if (bytes.length === 0 || !isUtf8(bytes)) return undefined
  const text = bytes.toString('utf8')
  return hasForbidden.test(text) ? undefined : text
}

function withEncoding(bytes: Buffer, encoding: string, attributes: MessageAttributes): QueueMessage {
  // An empty body is no message to SQS: one space is no base64, and decodes to nothing.
  return {
    body: bytes.toString('base64') || ' ',
    attributes: { ...attributes, [attributeNames.encoding]: encoding },
  }
}

function decodeBody(body: string, encoding: string | undefined): string {
  if (encoding === undefined) return body
  const bytes = Buffer.from(body, 'base64')
  if (encoding === 'base64') return bytes.toString('utf8')
  if (encoding === 'gzip') return gunzip(bytes).toString('utf8')
  throw new Error(`Its body is written in a way that this version does not know: ${encoding.slice(0, 40)}`)
}

function gunzip(bytes: Buffer): Buffer {
  try {
    return zlib().gunzipSync(bytes, { maxOutputLength: maxNotificationBytes })
  } catch (cause) {
    const isTooLong = cause instanceof RangeError
    throw new Error(isTooLong ? 'It unpacks to more than 10 MiB.' : 'Its body is not gzip.', { cause })
  }
}

/** Body, and name, type and value of each attribute. */
function messageBytes({ body, attributes }: QueueMessage): number {
  return Buffer.byteLength(body) + attributeBytes(attributes)
}

function attributeBytes(attributes: MessageAttributes): number {
  let sum = 0
  for (const [name, value] of Object.entries(attributes))
    sum += Buffer.byteLength(name) + 'String'.length + Buffer.byteLength(value)
  return sum
}
