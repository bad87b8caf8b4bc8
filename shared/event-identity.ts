import { createHash, hash } from 'node:crypto'
import type { Ticks } from './ticks.ts'

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
  const sum = createHash('sha256')
  for (const part of [event.accountId, event.type, event.ticks.toString(), event.payloadText]) {
    const bytes = utf8(part)
    sum.update(`${bytes.length}:`).update(bytes)
  }
  return sum.digest('hex').slice(0, 32)
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
  return parts.length === 3 && parts.every((part) => part.length <= 256 && keyPartShape.test(part))
}

/** The SQS message group of a resource: first 32 hex digits of SHA-256 of its key. */
export function messageGroupId(key: string): string {
  return hash('sha256', key, 'hex').slice(0, 32)
}

/** Percent-encodes any string, lone surrogates too; `decodePart` takes it back, and leaves one with those as it is. */
export function encodePart(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text
  if (text.isWellFormed()) return encodeURIComponent(text)
  return Array.from(text, (char) =>
    char.isWellFormed()
      ? encodeURIComponent(char)
      : `%${utf8(char).toString('hex').match(/../g)?.join('%').toUpperCase()}`,
  ).join('')
}

export function decodePart(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return encoded
  }
}

const keyPartShape = /^(?:(?:[\w.~!'()*-]|%[\dA-F]{2})*|#[\da-f]{64})$/

function keyPart(text: string): string {
  const encoded = encodePart(text)
  return encoded.length <= 256 ? encoded : `#${createHash('sha256').update(encoded).digest('hex')}`
}

/** UTF-8, with a lone surrogate in the three bytes that the scheme would give it (WTF-8), so that no two strings meet. */
function utf8(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text)
  return Buffer.concat(
    Array.from(text, (char) => {
      const code = char.charCodeAt(0)
      return char.isWellFormed()
        ? Buffer.from(char)
        : Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)])
    }),
  )
}
