import { randomBytes } from 'node:crypto'

/** Short, since it is stored with each event, and typed to go on with a replay. Its beginning sorts by time. */
export function newReplayId(): string {
  return `${Date.now().toString(36)}-${randomBytes(4).toString('hex')}`
}
