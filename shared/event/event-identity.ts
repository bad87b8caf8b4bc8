import { createHash, hash } from 'node:crypto'
import type { Ticks } from './ticks.ts'

/** What an event is found by. */
export interface EventKey {
  resourceKey: string
  ticks: Ticks
  eventId: string
}

/**
 * Who an event is: SHA-256 (hex, first 32 characters) over `accountId`, `type`, the digits of `timestamp` and
 * the exact text of `payload`, each preceded by its length in bytes and a colon. Smokeball sends no event id.
 *
 * Not over `subscriptionId`, `RequestId` or the headers: the copies that overlapping subscriptions deliver
 * are one event, and the several events of one API request are several. A payload that is not there hashes as ''.
 */
export function eventId(event: {
  accountId: string
  type: string
  ticks: Ticks
  payloadText: string
}): string {
  return digestOf([event.accountId, event.type, event.ticks.toString(), event.payloadText])
}

function digestOf(parts: readonly string[]): string {
  const sum = createHash('sha256')
  for (const part of parts) {
    // A long text is not copied.
    const text = part.isWellFormed() ? part : utf8(part)
    sum.update(`${Buffer.byteLength(text)}:`).update(text)
  }
  return sum.digest('hex').slice(0, 32)
}

/**
 * Who an event is that catch-up found: SHA-256 (hex, first 32 characters) over the resource's key and its stamp as it is written,
 * each preceded by its length. What is fetched never has the text of what is delivered, so the text says nothing.
 */
export function recoveredEventId(resourceKey: string, stampText: string): string {
  return digestOf(['catch-up', resourceKey, stampText])
}

/**
 * Who an event is that an import made: SHA-256 (hex, first 32 characters) over the resource's key, the handler's name and the
 * digits of `timestamp`, each preceded by its length. The same state, imported again, is the same event.
 */
export function importedEventId(resourceKey: string, handler: string, ticks: Ticks): string {
  return digestOf(['import', resourceKey, handler, ticks.toString()])
}

/**
 * `accountId|kind|id`, each part percent-encoded: ids are opaque (spaces, `|`, emoji, lone surrogates). A part
 * over 256 bytes is replaced by `#` and its SHA-256, since a DynamoDB partition key holds 2,048 bytes.
 */
export function resourceKey(accountId: string, kind: string, id: string): string {
  return [accountId, kind, id].map(keyPart).join('|')
}

/** What the keys of all resources of an account begin with. */
export function accountKeyPrefix(accountId: string): string {
  return `${keyPart(accountId)}|`
}

/** The parts of a resource key. One that was too long for it stays `#` and its SHA-256. */
export function readResourceKey(key: string): { accountId: string; kind: string; id: string } {
  const [accountId = '', kind = '', id = ''] = key.split('|').map(decodePart)
  return { accountId, kind, id }
}

/** Whether a text has the shape of a resource key. What it names may not be there. */
export function isResourceKey(text: string): boolean {
  const parts = text.split('|')
  return parts.length === 3 && parts.every((part) => part.length <= maxPartBytes && keyPartShape.test(part))
}

/**
 * A short name by which an event is found with one query: when it was received, in milliseconds since 1970 to the base
 * 36, and the first 8 digits of its id. Together they are its place in the feed.
 */
export function eventReference(event: { receivedEpochMs: number; eventId: string }): string {
  return `${event.receivedEpochMs.toString(36)}-${event.eventId.slice(0, 8)}`
}

/** The SQS message group of a resource: first 32 hex digits of SHA-256 of its key. */
export function messageGroupId(key: string): string {
  return hash('sha256', key, 'hex').slice(0, 32)
}

/**
 * Percent-encodes any string, lone surrogates too; `decodePart` takes it back, and leaves one with those as it is. What may
 * be of any length goes through `keyPart`.
 */
export function encodePart(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text
  if (text.isWellFormed()) return encodeURIComponent(text)
  return percentEncoded(utf8(text))
}

/** A text as a part of a key: percent-encoded and, if that takes over 256 bytes, `#` and its SHA-256 in its place. */
export function keyPart(text: string): string {
  const encoded = shortPart(text)
  return encoded ?? `#${partHash(text)}`
}

/** The text percent-encoded, if that takes 256 bytes at most. */
export function shortPart(text: string): string | undefined {
  // No character is encoded as less than one byte.
  const encoded = text.length <= maxPartBytes ? encodePart(text) : undefined
  return encoded !== undefined && encoded.length <= maxPartBytes ? encoded : undefined
}

/**
 * SHA-256 (hex) that stands for a long part: over the percent-encoded text. That of a long one with lone surrogates is over its
 * UTF-16 code units, since it is as long as the sender likes, and encoding those takes seconds. No text of the first kind has the
 * bytes of one of the second. (Keys of such texts are others than those of earlier releases; all other keys are as they were.)
 */
export function partHash(text: string): string {
  const isEncoded = text.length <= maxPartBytes || text.isWellFormed()
  return hash('sha256', isEncoded ? encodePart(text) : Buffer.from(text, 'utf16le'), 'hex')
}

/**
 * A RequestId as it is kept and told: one over 256 bytes, percent-encoded, is replaced by `#` and the SHA-256 of its lower
 * case, since it comes back as it was sent, as far as its case goes, or not. What came of this comes of it again.
 */
export function keptRequestId(requestId: string): string {
  return shortPart(requestId) === undefined ? `#${hash('sha256', requestId.toLowerCase(), 'hex')}` : requestId
}

export function decodePart(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return encoded
  }
}

const maxPartBytes = 256
const keyPartShape = /^(?:(?:[\w.~!'()*-]|%[\dA-F]{2})*|#[\da-f]{64})$/

/** Those that `encodeURIComponent` leaves. */
const unreserved = new Set(
  Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()"),
)
const hexDigits = Buffer.from('0123456789ABCDEF')

/** A loop, since a function called for each byte takes twenty times as long. */
function percentEncoded(bytes: Buffer): string {
  const encoded = Buffer.alloc(3 * bytes.length)
  let end = 0
  for (const byte of bytes) {
    const isKept = unreserved.has(byte)
    encoded[end++] = isKept ? byte : 0x25
    if (isKept) continue
    encoded[end++] = hexDigits[byte >> 4] ?? 0
    encoded[end++] = hexDigits[byte & 0xf] ?? 0
  }
  return encoded.toString('latin1', 0, end)
}

/**
 * UTF-8, with a lone surrogate in the three bytes that the scheme would give it (WTF-8), so that no two strings meet. Node
 * writes U+FFFD in its place, which takes three bytes, too.
 */
function utf8(text: string): Buffer {
  const bytes = Buffer.from(text)
  let at = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (isSurrogate(code)) {
      if (code < 0xdc00 && isLowSurrogate(text.charCodeAt(index + 1))) {
        index++
        at += 4
        continue
      }
      bytes[at] = 0xe0 | (code >> 12)
      bytes[at + 1] = 0x80 | ((code >> 6) & 0x3f)
      bytes[at + 2] = 0x80 | (code & 0x3f)
    }
    at += code < 0x80 ? 1 : code < 0x800 ? 2 : 3
  }
  return bytes
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff
}
