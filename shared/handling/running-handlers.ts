/** Which handlers are running in this process. */
export interface RunningHandlers {
  /** Returns what ends it. */
  begin(handler: string): () => void
  /** Their names, each once; of none, that of the last one that ran: what it left behind fails a moment later. */
  names(): string[]
  /** Does this work when no other such work is under way: for what needs much of the memory. */
  alone<T>(work: () => Promise<T>): Promise<T>
}

export function runningHandlers(): RunningHandlers {
  const runs = new Set<{ handler: string }>()
  let last: string | undefined
  let lastAlone: Promise<unknown> = Promise.resolve()
  return {
    begin(handler) {
      const run = { handler }
      runs.add(run)
      return function end() {
        runs.delete(run)
        last = handler
      }
    },
    names() {
      const names = new Set([...runs].map(({ handler }) => handler))
      return names.size === 0 && last !== undefined ? [last] : [...names]
    },
    alone(work) {
      const result = lastAlone.then(work)
      lastAlone = result.catch(() => {})
      return result
    },
  }
}
