import { knownEventTypes } from '../../../shared/payloads.generated.ts'
import type { Ticks } from '../../../shared/ticks.ts'
import { collections, type Payload } from './resources.ts'
import type { Write } from './writes.ts'

interface Deps {
  nextTicks(): Ticks
  nextId(): string
}

/** What a write makes of a resource, and the event's type that tells it. */
export function changed(
  { nextTicks, nextId }: Deps,
  { collection, id, change }: Write,
  before: Payload | undefined,
): { type: string; payload: Payload } {
  const { action, fields, replaces = false } = change
  const kind = collections[collection]
  const payload: Payload = { ...(replaces ? {} : before), ...fields, id }
  if (collection !== 'tasks') payload.versionId = nextId()
  if (collection !== 'matters') payload.lastUpdated = nextTicks()
  if (action === 'deleted') Object.assign(payload, deletedMark(collection))
  // No list has `matter.deleted`: what is not there is told as an update.
  const type = `${kind}.${action}`
  return { type: isListed(type) ? type : `${kind}.updated`, payload }
}

function deletedMark(collection: Write['collection']): Payload {
  return collection === 'matters' ? { status: 'Deleted' } : { isDeleted: true }
}

function isListed(type: string): boolean {
  return (knownEventTypes as readonly string[]).includes(type)
}
