import { deliveryOfLine, type LocalLine } from '../../operate/log-lines.ts'
import { resourceId, text } from '../../terminal/line-cells.ts'
import type { RecordedLines } from './console-parts.ts'

interface RecentDeliveries {
  /** The last 200, the oldest first, those too that came before anybody looked. */
  all(): readonly object[]
  end(): void
}

const kept = 200

/** Numbers the run's deliveries as they come (`seq`), so that one that is told again is known. Tells of each from now on. */
export function recentDeliveries(
  record: RecordedLines | undefined,
  onDelivery: (delivery: object) => void,
): RecentDeliveries {
  const deliveries: object[] = []
  let seq = 0

  function add(line: RecordedLines['lines'][number]): object | undefined {
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
export function deliveryJson(line: LocalLine): object | undefined {
  const told = deliveryOfLine(line)
  if (!told) return undefined
  const { delivery, type, resource, event, why, ms } = told
  return {
    ...{ at: line.at.toISOString(), outcome: line.droppedByQueue ? 'dropped' : delivery },
    ...(type !== undefined && { type: text(type) }),
    ...(resource !== undefined && { resource: resourceId(resource) }),
    ...(event !== undefined && eventNames(text(event))),
    ...(why !== undefined && { why: text(why) }),
    ...(typeof ms === 'number' && { ms }),
  }
}

/** By its reference, and by how its id begins. */
function eventNames(reference: string): object {
  return { reference, event: reference.replace(/^.*-/, '') }
}
