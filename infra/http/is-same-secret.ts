import { createHash, timingSafeEqual } from 'node:crypto'

/** In constant time, whatever their lengths. */
export function isSameSecret(given: string, secret: string): boolean {
  const [a, b] = [given, secret].map((text) => createHash('sha256').update(text).digest())
  return a !== undefined && b !== undefined && timingSafeEqual(a, b)
}
