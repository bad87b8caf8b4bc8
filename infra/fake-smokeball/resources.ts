import { type JsonValue, parseLossless } from '../../shared/event/lossless-json.ts'
import eventTypes from '../smokeball/event-types.json' with { type: 'json' }
import { sample } from '../smokeball/sample.ts'
import { matterIdIn, type Payload, type ResourceKind, resourceKinds } from './resource-kinds.ts'

/** It holds, by account and path, the members of each collection by their ids, in the order of their creation. */
export type HeldResources = [string, [string, Payload][]][]

/** Keeps the resources of firms. `begin` is what they had before. */
export function resources(begin: HeldResources = []) {
  const held = new Map(begin.map(([key, members]) => [key, new Map(members)]))

  /**
   * Returns the members at a path, `matters` or `matters/68df…/memos`. A document is the only one, under its firm's or
   * matter's id.
   */
  function of(accountId: string, collection: string): Map<string, Payload> {
    const key = `${accountId}/${collection}`
    const members = held.get(key) ?? new Map<string, Payload>()
    held.set(key, members)
    return members
  }

  /** Returns all that a firm has at a path in which `*` stands for any matter. */
  function all(accountId: string, path: string): { collection: string; id: string; payload: Payload }[] {
    const [before = '', after] = path.split('*')
    const collections =
      after === undefined
        ? [path]
        : [...held.keys()]
            .filter((key) => key.startsWith(`${accountId}/${before}`) && key.endsWith(after))
            .map((key) => key.slice(accountId.length + 1))
            .filter((collection) => !collection.slice(before.length, -after.length).includes('/'))
    return collections.flatMap((collection) =>
      [...of(accountId, collection)].map(([id, payload]) => ({ collection, id, payload })),
    )
  }

  /** Returns the matter that something belongs to. */
  function parent(accountId: string, collection: string, payload: Payload): Payload | undefined {
    const matters = of(accountId, 'matters')
    if (collection === 'contacts')
      return [...matters.values()].find(({ clients, otherSides }) =>
        [clients, otherSides].flat().some((link) => linkedId(link) === payload.id),
      )
    return matters.get(matterIdIn(collection) ?? linkedId(payload.matter))
  }

  return {
    of,
    all,
    parent,
    /** Gives a firm the samples to begin with: one of each kind, all about one matter. */
    seed(accountId: string): void {
      const { id: matterId } = samplePayload('matter')
      for (const kind of resourceKinds) {
        const collection = kind.path.replace('*', String(matterId))
        const members = of(accountId, collection)
        const payload = { ...samplePayload(kind.kind), ...linksTo(kind, collection) }
        const id = isList(kind) ? String(payload.id) : documentId(accountId, collection)
        if (!members.has(id)) members.set(id, { ...payload, id })
      }
    },
    state: (): HeldResources => [...held].map(([key, members]) => [key, [...members]]),
  }
}

export type Resources = ReturnType<typeof resources>

export function isList({ is = 'list' }: ResourceKind): boolean {
  return is === 'list'
}

/** Returns the id of the one document at a path, which is that of its matter or firm. */
export function documentId(accountId: string, collection: string): string {
  return matterIdIn(collection) ?? accountId
}

/** Whether something belongs to this matter. */
export function isOfMatter(payload: Payload, matterId: string): boolean {
  return payload.matterId === matterId || linkedId(payload.matter) === matterId
}

/** Returns the fields by which something at a path names its matter. */
export function linksTo({ links = [] }: ResourceKind, collection: string): Payload {
  const id = matterIdIn(collection)
  if (id === undefined) return {}
  const named: Record<(typeof links)[number], JsonValue> = { matter: { id, rel: 'Matter' }, matterId: id }
  return Object.fromEntries(links.map((field) => [field, named[field]]))
}

function samplePayload(kind: string): Payload {
  const types = eventTypes.filter(({ resource }) => resource === kind).map(({ type }) => type)
  const type = types.find((each) => each === `${kind}.updated`) ?? types[0] ?? ''
  const { matterId = '', ...payload } = (parseLossless(sample(type).text) as { payload: Payload }).payload
  return { id: payload.userId ?? matterId, ...payload }
}

function linkedId(link: JsonValue | undefined): string {
  return typeof link === 'object' && link !== null && !Array.isArray(link) ? String(link.id) : ''
}
