import type { JsonValue } from '../../shared/event/lossless-json.ts'
import { knownEventTypes } from '../../shared/event/payloads.generated.ts'
import { type Ticks, ticksToDate } from '../../shared/event/ticks.ts'
import { kindAt, matterIdIn, type ResourceKind, type Stamp } from './resource-kinds.ts'
import { linksTo, type Payload } from './resources.ts'
import type { Write } from './writes.ts'

interface Deps {
  nextTicks(): Ticks
  nextId(): string
}

/** What a write makes of a resource, and the event's type and payload that tell it. */
export function changed(
  deps: Deps,
  { collection, id, memberId, change }: Write,
  before: Payload | undefined,
): { type: string; payload: Payload; resource: Payload } {
  const { action, fields, replaces = false } = change
  const kind = kindAt(collection)
  const { members } = typeof kind.is === 'object' ? kind.is : {}
  const isNew = action === 'created' || before === undefined
  const kept = replaces && memberId === undefined ? createdFields(kind, before) : before
  const written =
    members === undefined || memberId === undefined ? fields : withMember(kind, before, { memberId, change })
  const resource: Payload = {
    ...{ ...kept, ...written, ...linksTo(kind, collection), id },
    ...stamped(deps, isNew && memberId === undefined ? { ...kind.stamps, ...kind.created } : kind.stamps),
    ...(action === 'deleted' && memberId === undefined && (kind.deleted ?? { isDeleted: true })),
  }
  return { type: typeOf(kind, action), payload: told(kind, collection, resource), resource }
}

/** No list has `matter.deleted`: what is not there is told as an update. */
function typeOf({ kind, actions = {} }: ResourceKind, action: string): string {
  const type = `${kind}.${actions[action] ?? action}`
  return (knownEventTypes as readonly string[]).includes(type) ? type : `${kind}.updated`
}

function told({ tellsCursor }: ResourceKind, collection: string, resource: Payload): Payload {
  if (!tellsCursor) return resource
  return { matterId: matterIdIn(collection) ?? '', cursor: resource.dateModified ?? '' }
}

/** A document's members after one of them was written. */
function withMember(
  { is }: ResourceKind,
  before: Payload | undefined,
  { memberId, change: { action, fields, replaces } }: Required<Pick<Write, 'memberId' | 'change'>>,
): Payload {
  const { members, idField } = is as Exclude<ResourceKind['is'], string | undefined>
  const list = membersIn(before, members)
  const at = list.findIndex((each) => each[idField] === memberId)
  const written = { ...(replaces ? {} : list[at]), ...fields, [idField]: memberId }
  const others = list.filter((_, index) => index !== at)
  return { [members]: action === 'deleted' ? others : [...others, written] }
}

export function membersIn(document: Payload | undefined, members: string): Payload[] {
  const list = document?.[members]
  return Array.isArray(list) ? (list as Payload[]) : []
}

function createdFields({ created = {} }: ResourceKind, before: Payload = {}): Payload {
  return Object.fromEntries(Object.entries(before).filter(([name]) => Object.hasOwn(created, name)))
}

function stamped({ nextTicks, nextId }: Deps, stamps: Record<string, Stamp> = {}): Payload {
  const ticks = nextTicks()
  const iso = ticksToDate(ticks).toISOString()
  const values: Record<Stamp, () => JsonValue> = {
    ticks: () => ticks,
    'ticks as text': () => String(ticks),
    guid: nextId,
    iso: () => iso,
    'iso without zone': () => iso.replace(/\.\d+Z$/, ''),
  }
  return Object.fromEntries(Object.entries(stamps).map(([field, stamp]) => [field, values[stamp]()]))
}
