import { randomBytes } from 'node:crypto'

/** Short, since it is stored with each event, and typed to go on with a replay; no reference looks like it. */
export function newReplayId(): string {
  return `r-${Date.now().toString(36)}-${randomBytes(2).toString('hex')}`
}
