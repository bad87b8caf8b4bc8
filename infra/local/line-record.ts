import { countDelivery, type DeliveryCounts } from '../operate/log-lines/delivery-counts.ts'
import { type LocalLine, localLine } from '../operate/log-lines/local-line.ts'
import { droppedCopies } from './dropped-copies.ts'
import type { LogLevel, LogMessage } from './lambda/worker-protocol.ts'

const kept = 10_000

/** Takes what the functions log and what the run tells of itself; keeps the last lines and passes each on. */
export interface LineRecord {
  lines: readonly LocalLine[]
  /** What all lines so far tell. */
  counts: Readonly<DeliveryCounts>
  /** Tells of each line from now on; the returned function ends it. */
  subscribe(listener: (line: LocalLine) => void): () => void
  from(source: LocalLine['source']): (logged: LogMessage) => void
  tell(level: LogLevel, text: string): void
  /** From now on nothing is told: what is killed while stopping is no news. */
  close(): void
}

export function lineRecord(onLine: (line: LocalLine) => void = () => {}): LineRecord {
  const lines: LocalLine[] = []
  const counts: DeliveryCounts = { accepted: 0, refused: 0, dropped: 0, quarantined: 0 }
  const listeners = new Set([onLine])
  const markDropped = droppedCopies(() => Date.now())
  let isOpen = true

  function add(line: LocalLine): void {
    if (!isOpen) return
    const marked = markDropped(line)
    lines.push(marked)
    if (lines.length > kept) lines.shift()
    countDelivery(counts, marked)
    for (const tell of listeners) tell(marked)
  }

  return {
    ...{ lines, counts },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    from: (source) => (logged) => add(localLine(source, logged, new Date())),
    tell: (level, text) => add({ source: 'local', level, at: new Date(), message: text }),
    close() {
      isOpen = false
    },
  }
}
