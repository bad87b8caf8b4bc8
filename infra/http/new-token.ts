import { randomBytes } from 'node:crypto'

/** What lets into a console: 192 random bits, fit for a URL. */
export function newToken(): string {
  return randomBytes(24).toString('base64url')
}
