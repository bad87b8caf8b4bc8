import type { JsonValue } from '../../shared/event/lossless-json.ts'
import { knownEventTypes } from '../../shared/event/payloads.generated.ts'
import { type Ticks, ticksToDate } from '../../shared/event/ticks.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import type { DeliveryRules } from './behaviour.ts'
import type { PastStates } from './past-states.ts'
import type { Where } from './planned-failures.ts'
import type { FakeEvent, Publisher } from './publisher.ts'
import {
  isDeleted,
  kindAt,
  matterIdIn,
  type Payload,
  type ResourceKind,
  type ResourcePath,
  type Stamp,
} from './resource-kinds.ts'
import { linksTo, type Resources } from './resources.ts'

/** The change of a resource. With `replaces`, fields that are not named go. */
export interface Change {
  action: 'created' | 'updated' | 'deleted'
  fields: Payload
  replaces?: boolean
}

export interface Write extends ResourcePath {
  /** It says which of a document's members is meant, where the document has such. */
  memberId?: string
  change: Change
  /** No event tells it, as if its delivery were lost. @default false */
  isUntold?: boolean | undefined
  /** Its events say that they come from there. */
  origin: Required<Pick<FakeEvent, 'source' | 'userId' | 'requestId'>>
}

export interface WriteFailure extends Where {
  /** What the `error` event says. */
  message?: string
}

export interface Writes {
  /**
   * Takes a write. Resolves at once, or after its event was delivered if webhooks overtake answers. With a `failure`, the
   * write fails later, and its `error` event has this message.
   */
  accept(write: Write, failure?: string): Promise<void>
}

interface Deps {
  resources: Resources
  past: PastStates
  publisher: Publisher
  background: BackgroundTasks
  rules(): DeliveryRules
  /** Called after each write that took effect. */
  onChange(): void
  nextTicks(): Ticks
  nextId(): string
}

/** Carries out writes after they were accepted. They take effect or fail, and in both cases a webhook tells it. */
export function writes(deps: Deps): Writes {
  const { resources, publisher, background } = deps

  async function accept(write: Write, failure?: string): Promise<void> {
    const rules = deps.rules()
    const done = background.run(async function takeEffect() {
      // The answer goes out first, even without a delay.
      if (!rules.overtake) await new Promise(setImmediate)
      await background.sleep(rules.writeMs)
      await (failure === undefined ? apply(write, rules) : fail(write, failure))
    })
    if (rules.overtake) await done
  }

  async function apply(write: Write, rules: DeliveryRules): Promise<void> {
    const { accountId, collection, id, origin } = write
    const members = resources.of(accountId, collection)
    const before = members.get(id)
    const kind = kindAt(collection)
    const isDocument = (kind.is ?? 'list') !== 'list'
    // A user may restore what was deleted.
    const isDeletedForApi = kind.keepsDeleted === 'in lists' && origin.source === 'API'
    const isGone = !before || (isDeletedForApi && isDeleted(kind, before))
    if (isGone && !isDocument && write.change.action !== 'created')
      return fail(write, `There is no ${id} any more.`)
    const { resource, ...event } = afterWrite(deps, write, before)
    deps.past.note({ accountId, collection, id }, before)
    if (write.change.action === 'deleted' && !isDocument && !kind.keepsDeleted) members.delete(id)
    else members.set(id, resource)
    deps.onChange()
    if (write.isUntold) return
    if (rules.indirectEcho) echo(write, resource, rules.indirectEcho.afterMs)
    const events = [event, ...rules.alsoTriggers(event)]
    await Promise.all(events.map((each) => publisher.publish({ accountId, ...origin, ...each })))
  }

  async function fail(
    { accountId, collection, id, memberId, origin }: Write,
    message: string,
  ): Promise<void> {
    const payload = { message, resourceName: kindAt(collection).kind, resourceId: memberId ?? id }
    const { requestId } = origin
    await publisher.publish({ accountId, type: 'error', source: 'API', requestId, payload })
  }

  function echo({ accountId, collection, id }: Write, payload: Payload, afterMs: number): void {
    void background.run(async function echoing() {
      await background.sleep(afterMs)
      const parent = resources.parent(accountId, collection, payload)
      const { kind } = kindAt(parent ? 'matters' : collection)
      const told = parent ?? resources.of(accountId, collection).get(id) ?? payload
      await publisher.publish({ accountId, type: `${kind}.updated`, payload: told })
    })
  }

  return { accept }
}

/** Returns the resource after a write, and the type and payload of the event that tells it. */
function afterWrite(
  deps: Pick<Deps, 'nextTicks' | 'nextId'>,
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
    ...kept,
    ...written,
    ...linksTo(kind, collection),
    id,
    ...stamped(deps, isNew && memberId === undefined ? { ...kind.stamps, ...kind.created } : kind.stamps),
    ...(action === 'deleted' && memberId === undefined && (kind.deleted ?? { isDeleted: true })),
  }
  return { type: typeOf(kind, action), payload: told(kind, collection, resource), resource }
}

/** A type that no list has, such as `matter.deleted`, is told as an update. */
function typeOf({ kind, actions = {} }: ResourceKind, action: string): string {
  const type = `${kind}.${actions[action] ?? action}`
  return (knownEventTypes as readonly string[]).includes(type) ? type : `${kind}.updated`
}

function told({ tellsCursor }: ResourceKind, collection: string, resource: Payload): Payload {
  if (!tellsCursor) return resource
  return { matterId: matterIdIn(collection) ?? '', cursor: resource.dateModified ?? '' }
}

/** Returns the members of a document after one of them was written. */
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

function stamped(
  { nextTicks, nextId }: Pick<Deps, 'nextTicks' | 'nextId'>,
  stamps: Record<string, Stamp> = {},
): Payload {
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
