import { expectTypeOf, it } from 'vitest'
import type { Processed } from '../../../functions/consumer/processed.ts'
import type { KeptAccount } from '../../../functions/keeper/keep-account.ts'
import type { Received } from '../../../functions/receiver/receive-delivery.ts'
import type { DeliveryOutcome, EventOutcome, SubscriptionOutcome } from '../../../shared/event/outcomes.ts'

it('metrics know each outcome that the functions tell, and no other', () => {
  expectTypeOf<DeliveryOutcome>().toEqualTypeOf<Received['outcome']>()
  // What stays in the queue since the store or a secret failed.
  expectTypeOf<EventOutcome>().toEqualTypeOf<Processed['outcome'] | 'error'>()
  expectTypeOf<SubscriptionOutcome>().toEqualTypeOf<KeptAccount['outcome']>()
})
