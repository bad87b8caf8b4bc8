import { type DeliveryOutcome, deliveryOutcomes } from '../../settings/line-outcomes.ts'
import type { LocalLine } from './local-line.ts'

/** The fields of the receiver's line of a delivery; undefined for any other line, such as a handler's that looks like one. */
export function deliveryOfLine({
  source,
  message,
}: LocalLine): (Record<string, unknown> & { delivery: DeliveryOutcome }) | undefined {
  if (source !== 'receiver' || typeof message === 'string') return undefined
  const delivery = deliveryOutcomes.find((outcome) => outcome === message.delivery)
  return delivery && { ...message, delivery }
}
