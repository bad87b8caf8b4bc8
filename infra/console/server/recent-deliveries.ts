import type { RecordedLines } from './console-parts.ts'
import { deliveryJson } from './delivery-json.ts'

export interface RecentDeliveries {
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
