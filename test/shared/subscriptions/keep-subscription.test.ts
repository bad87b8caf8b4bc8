import { expect, it } from 'vitest'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { whileHeld } from '../../../shared/subscriptions/keep-subscription.ts'

it('waits for an account that another process holds no longer than a hold lasts', async () => {
  let nowEpochMs = 0
  const clock: Clock = {
    now: () => nowEpochMs,
    after(ms, then) {
      nowEpochMs += ms
      queueMicrotask(then)
      return () => {}
    },
  }
  const access = { accounts: { hold: async () => ({ kind: 'busy' }) } }
  const limit = { signalEpochMs: 300_000, signal: new AbortController().signal }
  const work = whileHeld({ access: access as never, clock }, 'firm', limit, async () => {
    throw new Error('It is not held.')
  })
  await expect(work).rejects.toThrow(/Another process is changing the subscription of account firm/)
  expect(nowEpochMs).toBe(60_500)
})
