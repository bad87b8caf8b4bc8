import type { LiveMessage } from './live-message.ts'

/** What was told, as far as who comes later is to hear it again. */
export interface ToldLately {
  row(message: LiveMessage): void
  /** What holds until another, or nothing, is kept under this name. Returns whether that is news. */
  keep(name: string, message: LiveMessage | undefined): boolean
  all(): LiveMessage[]
}

/** Who comes within it hears a row again: what a page lists first may be older. */
const repeatedMs = 10_000
const repeatedAtMost = 500

export function toldLately(now: () => number): ToldLately {
  let rows: { atEpochMs: number; message: LiveMessage }[] = []
  const present = new Map<string, LiveMessage>()
  const repeated = () => rows.filter(({ atEpochMs }) => atEpochMs >= now() - repeatedMs)
  return {
    row(message) {
      rows = [...repeated(), { atEpochMs: now(), message }].slice(-repeatedAtMost)
    },
    keep(name, message) {
      const before = present.get(name)
      if (message) present.set(name, message)
      else present.delete(name)
      return before?.data !== message?.data
    },
    all: () => [...present.values(), ...repeated().map(({ message }) => message)],
  }
}
