import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Compares two texts in constant time, whatever their lengths. */
export function isSameSecret(given: string, secret: string): boolean {
  const [a, b] = [given, secret].map((text) => createHash('sha256').update(text).digest())
  return a !== undefined && b !== undefined && timingSafeEqual(a, b)
}

/** Makes a token that lets into a console: 192 random bits, fit for a URL. */
export function newToken(): string {
  return randomBytes(24).toString('base64url')
}
