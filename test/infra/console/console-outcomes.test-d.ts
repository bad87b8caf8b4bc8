import { expectTypeOf, it } from 'vitest'
import type { Received } from '../../../functions/receiver/receive-delivery.ts'
import type { Delivery } from '../../../infra/console/page/api/delivery.ts'
import type * as ofPage from '../../../infra/console/page/api/row.ts'
import type { EventStatus, HandlerOutcome } from '../../../shared/event/outcomes.ts'

it("the console's page has words for each outcome that there is, and for no other", () => {
  expectTypeOf<ofPage.EventStatus>().toEqualTypeOf<EventStatus>()
  expectTypeOf<ofPage.HandlerOutcome>().toEqualTypeOf<HandlerOutcome>()
  // Those that the local run marks as dropped by the queue.
  expectTypeOf<Delivery['outcome']>().toEqualTypeOf<Received['outcome'] | 'dropped'>()
})
