import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * RequestIds that this project makes are UUIDs of version 8 (RFC 9562) whose last 15 hex digits, 60 bits, are a tag: the
 * first 15 hex digits of HMAC-SHA256 over the other 17, in lower case and without hyphens. 62 of their bits are random.
 *
 *     rrrrrrrr-rrrr-8rrr-Vttt-tttttttttttt     V: variant and two random bits, 8 to b
 */
const pattern = /^([0-9a-f]{8})-([0-9a-f]{4})-(8[0-9a-f]{3})-([89ab])([0-9a-f]{3})-([0-9a-f]{12})$/

/** A RequestId that is known to be ours by its tag. `key`: text, its UTF-8 bytes; `random`: 8 random bytes. */
export function newRequestId(key: string, random: Uint8Array): string {
  const hex = Buffer.from(random).toString('hex')
  const variant = '89ab'[Number.parseInt(hex.slice(15, 16), 16) % 4]
  const body = `${hex.slice(0, 12)}8${hex.slice(12, 15)}${variant}`
  const id = body + tagOf(body, key)
  return [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)].join('-')
}

/** Whether it may be one of ours, as far as can be told without a key. */
export function looksTagged(requestId: string): boolean {
  return pattern.test(requestId.toLowerCase())
}

/** Whether one of the keys has made this RequestId. Takes upper case; anything else that is no such UUID is foreign. */
export function isTagged(requestId: string, keys: readonly string[]): boolean {
  const parts = pattern.exec(requestId.toLowerCase())?.slice(1)
  if (!parts) return false
  const hex = parts.join('')
  const tag = Buffer.from(hex.slice(17))
  return keys.some((key) => timingSafeEqual(tag, Buffer.from(tagOf(hex.slice(0, 17), key))))
}

function tagOf(body: string, key: string): string {
  return createHmac('sha256', key).update(body).digest('hex').slice(0, 15)
}
