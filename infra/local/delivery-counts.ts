import type { LocalLine } from './local-line.ts'

/** What became of the deliveries since the run's start. `dropped`: accepted, and then dropped by the queue as copies. */
export interface DeliveryCounts {
  accepted: number
  refused: number
  dropped: number
  quarantined: number
}

/** Counts what a line tells of a delivery. */
export function countDelivery(counts: DeliveryCounts, { message, droppedByQueue }: LocalLine): void {
  if (typeof message === 'string') return
  const { delivery } = message
  if (droppedByQueue) counts.dropped += 1
  else if (delivery === 'accepted' || delivery === 'refused' || delivery === 'quarantined')
    counts[delivery] += 1
}
