import { expect, it } from 'vitest'
import { keptSecret } from '../../../shared/runtime/kept-secret.ts'

it('a secret is as old as the read of it, however long that took', async () => {
  let nowEpochMs = 0
  let reads = 0
  const secret = keptSecret({
    now: () => nowEpochMs,
    async read() {
      nowEpochMs += 4_000
      return `text ${++reads}`
    },
  })
  const { signal } = new AbortController()
  expect(await secret.read(10_000, signal)).toBe('text 1')
  nowEpochMs = 9_999
  expect(await secret.read(10_000, signal)).toBe('text 1')
  nowEpochMs = 10_000
  expect(await secret.read(10_000, signal)).toBe('text 2')
})
