import type { Payload, ResourcePath } from './resource-kinds.ts'

/** When each resource was last changed, by its path: what another fake begins with. */
export type LastChanges = [path: string, epochMs: number][]

interface Changed {
  epochMs: number
  /** It is undefined where the resource was created. */
  before: Payload | undefined
}

interface Deps {
  now(): number
  /** What was changed longer ago is of no interest. */
  keptMs: number
}

/** Remembers how resources were a while ago, for lists and readers that do not see yet what has changed. */
export function pastStates({ now, keptMs }: Deps, begin: LastChanges = []) {
  const lastChanges = new Map(begin)
  const recent = new Map<string, Changed[]>()

  return {
    /** Takes down that a resource changes now. */
    note(path: ResourcePath, before: Payload | undefined): void {
      const [key, epochMs] = [keyOf(path), now()]
      lastChanges.set(key, epochMs)
      if (keptMs === 0) return
      const kept = (recent.get(key) ?? []).filter((each) => each.epochMs > epochMs - keptMs)
      recent.set(key, [...kept, { epochMs, before }])
    },
    /** The resource as it was so long ago; undefined if it was not there. `current` is what it is now. */
    ago(path: ResourcePath, ms: number, current: Payload | undefined): Payload | undefined {
      const since = now() - ms
      const first = recent.get(keyOf(path))?.find(({ epochMs }) => epochMs > since)
      return first ? first.before : current
    },
    lastChangeOf: (path: ResourcePath): number | undefined => lastChanges.get(keyOf(path)),
    state: (): LastChanges => [...lastChanges],
  }
}

export type PastStates = ReturnType<typeof pastStates>

function keyOf({ accountId, collection, id }: ResourcePath): string {
  return `${accountId}/${collection}/${id}`
}
