import { type JsonValue, parseLossless } from '../../../shared/lossless-json.ts'
import { sample } from '../../cli/sample.ts'

export type Payload = Record<string, JsonValue>

/** The collections of the API that this Smokeball has, and what their events call a member. */
export const collections = { matters: 'matter', contacts: 'contact', tasks: 'task' } as const

export type Collection = keyof typeof collections

/** What firms keep: accounts → collections → members, in the order of their creation. */
export function resources() {
  const held = new Map<string, Map<string, Payload>>()

  function of(accountId: string, collection: Collection): Map<string, Payload> {
    const key = `${accountId}/${collection}`
    const members = held.get(key) ?? new Map<string, Payload>()
    held.set(key, members)
    return members
  }

  /** The matter that a task or a contact belongs to. */
  function parent(accountId: string, collection: Collection, payload: Payload): Payload | undefined {
    const matters = of(accountId, 'matters')
    switch (collection) {
      case 'matters':
        return undefined
      case 'tasks':
        return matters.get(linkedId(payload.matter))
      case 'contacts':
        return [...matters.values()].find(({ clients, otherSides }) =>
          [clients, otherSides].flat().some((link) => linkedId(link) === payload.id),
        )
    }
  }

  return {
    of,
    parent,
    /** Every firm begins with the samples: a matter, its client, and a task of it. */
    seed(accountId: string): void {
      for (const [collection, kind] of Object.entries(collections) as [Collection, string][]) {
        const { payload } = parseLossless(sample(`${kind}.updated`).text) as { payload: Payload }
        const members = of(accountId, collection)
        if (!members.has(String(payload.id))) members.set(String(payload.id), payload)
      }
    },
  }
}

export type Resources = ReturnType<typeof resources>

function linkedId(link: JsonValue | undefined): string {
  return typeof link === 'object' && link !== null && !Array.isArray(link) ? String(link.id) : ''
}
