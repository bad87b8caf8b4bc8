import type { DeliveryOutcome } from '../../../../shared/event/outcomes.ts'

/** A delivery, as the local pipeline tells it. Of a deployed one, the page hears only of events. */
export interface Delivery {
  /** Grows with each delivery of a run. One may be told again to who was away. */
  seq: number
  at: string
  /** `dropped`: a copy of an event that the queue has already taken. */
  outcome: DeliveryOutcome | 'dropped'
  type?: string
  resource?: string
  /** How the event's id begins. */
  event?: string
  why?: string
}
