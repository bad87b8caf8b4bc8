/** Things to be looked at in turn, a few at a time. */
export interface Rotation<T> {
  /** Keeps it until then, or until it is deleted. What is there already keeps its turn. */
  add(thing: T, untilEpochMs?: number): void
  delete(thing: T): void
  /** Those whose turn it is. */
  next(count: number): T[]
}

/** `atMost`: what was added first goes when there are more. */
export function rotation<T>({ atMost, now }: { atMost: number; now(): number }): Rotation<T> {
  const kept = new Map<T, number>()
  return {
    add(thing, untilEpochMs = Number.POSITIVE_INFINITY) {
      kept.set(thing, untilEpochMs)
      const [first] = kept.keys()
      if (kept.size > atMost && first !== undefined) kept.delete(first)
    },
    delete: (thing) => void kept.delete(thing),
    next(count) {
      const turn = [...kept].slice(0, count)
      for (const [thing, untilEpochMs] of turn) {
        kept.delete(thing)
        if (untilEpochMs > now()) kept.set(thing, untilEpochMs)
      }
      return turn.map(([thing]) => thing)
    },
  }
}
