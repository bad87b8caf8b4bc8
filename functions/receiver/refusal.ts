import type { RefusalReason } from '../../shared/event/outcomes.ts'

/** The answer is the same for every reason; only the log says which. */
export class RefusedDelivery extends Error {
  readonly code = 'REFUSED_DELIVERY'
  readonly reason: RefusalReason

  constructor(reason: RefusalReason) {
    super(`Refused a delivery: ${reason}.`)
    this.name = 'RefusedDelivery'
    this.reason = reason
  }
}

/** They are made once: the stack of each would cost more than the HMAC, and nobody reads it. */
export const refusals = {
  'missing-header': new RefusedDelivery('missing-header'),
  'bad-timestamp': new RefusedDelivery('bad-timestamp'),
  'too-old': new RefusedDelivery('too-old'),
  'too-new': new RefusedDelivery('too-new'),
  'bad-signature': new RefusedDelivery('bad-signature'),
} as const satisfies Record<RefusalReason, RefusedDelivery>
