import { channel } from 'node:diagnostics_channel'

/** Which handlers are running in this process. */
export interface RunningHandlers {
  /** Returns what ends it. */
  begin(handler: string): () => void
  /** Their names, each once; of none, that of the last one that ran: what it left behind fails a moment later. */
  names(): string[]
  /** Does this work when no other such work is under way: for what needs much of the memory. */
  alone<T>(work: () => Promise<T>): Promise<T>
}

/** What is published at each change, for whoever looks after the process: it can name the handlers when the process dies. */
export interface RunningReport {
  running: string[]
  /** The handler that ended last, if one has. */
  last: string | undefined
}

export const runningReports = channel('smokeball-webhooks:running-handlers')

export function runningHandlers(): RunningHandlers {
  const runs = new Set<{ handler: string }>()
  let last: string | undefined
  let lastAlone: Promise<unknown> = Promise.resolve()
  const running = () => [...new Set([...runs].map(({ handler }) => handler))]
  const report = () => {
    if (runningReports.hasSubscribers)
      runningReports.publish({ running: running(), last } satisfies RunningReport)
  }
  return {
    begin(handler) {
      const run = { handler }
      runs.add(run)
      report()
      return function end() {
        runs.delete(run)
        last = handler
        report()
      }
    },
    names() {
      const names = running()
      return names.length === 0 && last !== undefined ? [last] : names
    },
    alone(work) {
      const result = lastAlone.then(work)
      lastAlone = result.catch(() => {})
      return result
    },
  }
}
