/**
 * Lets what comes out of order: the first of two of one key waits until the second is done, `holdMs` at most. The
 * third waits for the fourth. What has begun is not overtaken: `act` queues by itself.
 */
export function swapPairs(sleep: (ms: number) => Promise<void>) {
  /** What lets the first one go. */
  const held = new Map<string, () => void>()
  return async function swapped<T>(key: string, holdMs: number, act: () => Promise<T>): Promise<T> {
    const letFirstGo = held.get(key)
    if (letFirstGo) {
      held.delete(key)
      return await act().finally(letFirstGo)
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    held.set(key, resolve)
    await Promise.race([promise, sleep(holdMs)])
    if (held.get(key) === resolve) held.delete(key)
    return await act()
  }
}
