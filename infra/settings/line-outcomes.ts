/** What a delivery comes to: `delivery` of its line. */
export const deliveryOutcomes = ['accepted', 'quarantined', 'refused', 'too-large', 'unavailable'] as const
export type DeliveryOutcome = (typeof deliveryOutcomes)[number]

/** What an event comes to: `event` of its line. */
export const eventOutcomes = [
  'handled',
  'superseded',
  'own',
  'unhandled',
  'failed',
  'retry-after',
  'dead-lettered',
  'dropped',
  'duplicate',
  'waiting',
  'expired',
  'busy',
  'outdated',
  'error',
] as const
export type EventOutcome = (typeof eventOutcomes)[number]

/** What a look at a firm's subscription comes to: `subscription` of its line. */
export const subscriptionOutcomes = ['unchanged', 'created', 'updated', 'repaired', 'failed'] as const
export type SubscriptionOutcome = (typeof subscriptionOutcomes)[number]
