import { type DeliveryCounts, deliveryOfLine, type LocalLine } from '../../operate/log-lines.ts'
import { resourceId, text } from '../../terminal/line-cells.ts'

/** What the run's functions logged. */
export interface RecordedLines {
  readonly counts: Readonly<DeliveryCounts>
  /** The last lines that were logged. */
  readonly lines: readonly LocalLine[]
  /** Tells of each line from now on; the returned function ends it. */
  subscribe(onLine: (line: LocalLine) => void): () => void
}

/** A delivery, as the page is told of it. One may be told again to a page that was away. */
export type RecentDelivery = { seq: number } & NonNullable<ReturnType<typeof deliveryJson>>

interface RecentDeliveries {
  /** The last 200, the oldest first, those too that came before anybody looked. */
  all(): readonly RecentDelivery[]
  end(): void
}

const kept = 200

/** Numbers the run's deliveries as they come (`seq`), so that one that is told again is known. Tells of each from now on. */
export function recentDeliveries(
  record: RecordedLines | undefined,
  onDelivery: (delivery: RecentDelivery) => void,
): RecentDeliveries {
  const deliveries: RecentDelivery[] = []
  let seq = 0

  function add(line: LocalLine): RecentDelivery | undefined {
    const told = deliveryJson(line)
    if (!told) return undefined
    seq += 1
    const delivery = { seq, ...told }
    deliveries.push(delivery)
    if (deliveries.length > kept) deliveries.shift()
    return delivery
  }

  for (const line of record?.lines ?? []) add(line)
  const end = record?.subscribe((line) => {
    const delivery = add(line)
    if (delivery) onDelivery(delivery)
  })
  return { all: () => deliveries, end: () => end?.() }
}

/** A delivery as the page is told of it; undefined for a line that tells of something else. */
export function deliveryJson(line: LocalLine) {
  const told = deliveryOfLine(line)
  if (!told) return undefined
  const { delivery, type, resource, event, why, ms } = told
  return {
    at: line.at.toISOString(),
    outcome: line.droppedByQueue ? ('dropped' as const) : delivery,
    ...(type !== undefined && { type: text(type) }),
    ...(resource !== undefined && { resource: resourceId(resource) }),
    ...(event !== undefined && eventNames(text(event))),
    ...(why !== undefined && { why: text(why) }),
    ...(typeof ms === 'number' && { ms }),
  }
}

/** Names the event by its reference, and by the beginning of its id. */
function eventNames(reference: string) {
  return { reference, event: reference.replace(/^.*-/, '') }
}
