import { expectTypeOf, it } from 'vitest'
import type { Processed } from '../../../functions/consumer/processed.ts'
import type { KeptAccount } from '../../../functions/keeper/keep-account.ts'
import type { Received } from '../../../functions/receiver/receive-delivery.ts'
import type { refusals } from '../../../functions/receiver/refusal.ts'
import type {
  DeliveryOutcome,
  EventOutcome,
  RefusalReason,
  SubscriptionOutcome,
  UnavailableReason,
} from '../../../shared/event/outcomes.ts'

it('metrics know each outcome that the functions tell, and no other', () => {
  expectTypeOf<DeliveryOutcome>().toEqualTypeOf<Received['outcome']>()
  // What stays in the queue since the store or a secret failed.
  expectTypeOf<EventOutcome>().toEqualTypeOf<Processed['outcome'] | 'error'>()
  expectTypeOf<SubscriptionOutcome>().toEqualTypeOf<KeptAccount['outcome']>()
})

it('the vocabulary has each reason for which a delivery is refused or unavailable', () => {
  type WhyOf<O> = Extract<Received, { outcome: O; why: unknown }>['why']
  expectTypeOf<RefusalReason>().toEqualTypeOf<keyof typeof refusals>()
  expectTypeOf<RefusalReason>().toEqualTypeOf<WhyOf<'refused'>>()
  expectTypeOf<UnavailableReason>().toEqualTypeOf<WhyOf<'unavailable'>>()
})
