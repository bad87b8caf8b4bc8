import { describe, expectTypeOf, it } from 'vitest'
import { runHandlers, testEvent } from '#webhooks/testing'
import type { DeliveryQueues } from '../../functions/receiver/delivery-queues.ts'
import { type VerifiedDelivery, verifyDelivery } from '../../functions/receiver/verify-delivery.ts'
import { parseTicks } from '../../shared/event/ticks.ts'

describe('a verified delivery', () => {
  it('comes from verifyDelivery alone, and the queues take nothing else', () => {
    const looksLikeIt = {
      bytes: Buffer.from('{}'),
      requestId: 'r',
      sentTicks: parseTicks('1'),
      receivedEpochMs: 0,
      keyFingerprint: 'f',
    }
    // @ts-expect-error it lacks the mark that nobody else can name
    const forged: VerifiedDelivery = looksLikeIt
    expectTypeOf<Parameters<DeliveryQueues['enqueue']>[0]>().toEqualTypeOf<VerifiedDelivery>()
    expectTypeOf<Parameters<DeliveryQueues['quarantine']>[0]>().toEqualTypeOf<VerifiedDelivery>()
    expectTypeOf(verifyDelivery).returns.resolves.toEqualTypeOf<VerifiedDelivery>()
    expectTypeOf(forged).not.toBeAny()
  })
})

describe('#webhooks/testing', () => {
  it('types events by their type, unlisted ones too', () => {
    expectTypeOf(testEvent('matter.updated').payload.title).toEqualTypeOf<string | null | undefined>()
    expectTypeOf(runHandlers).toBeCallableWith([], testEvent('foo.bar'))
    expectTypeOf(runHandlers).toBeCallableWith([], testEvent('matter.updated', { late: true }))
    // @ts-expect-error no matter has a numeric title
    testEvent('matter.updated', { payload: { title: 5 } })
  })
})
