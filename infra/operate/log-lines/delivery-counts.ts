import { deliveryOfLine } from './delivery-of-line.ts'
import type { LocalLine } from './local-line.ts'

/** What became of the deliveries since the run's start. `dropped`: those of the accepted that the queue dropped as copies. */
export interface DeliveryCounts {
  accepted: number
  refused: number
  dropped: number
  quarantined: number
}

/** Counts what a line tells of a delivery. */
export function countDelivery(counts: DeliveryCounts, line: LocalLine): void {
  const delivery = deliveryOfLine(line)?.delivery
  if (line.droppedByQueue) counts.dropped += 1
  if (delivery === 'accepted' || delivery === 'refused' || delivery === 'quarantined') counts[delivery] += 1
}
