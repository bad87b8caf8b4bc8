import { describe, expect, it } from 'vitest'
import { knownHistories, ordinary } from './known-histories.ts'
import { runHistory } from './run-history.ts'

describe('histories that broke a promise once', () => {
  // The successor makes more calls than it did then, so the two meet elsewhere: where they did is among these.
  const stalls = Array.from({ length: 25 }, (_, step) => step * 250)

  it.each(Object.entries(knownHistories))('%s', async (_, history) => {
    for (const longerMs of stalls) {
      const faults = history.faults.map((fault) => ({ ...fault, overMs: fault.overMs + longerMs }))
      const { violations, trace } = await runHistory({ ...history, faults })
      expect(violations, `with a stall ${longerMs} ms longer:\n${trace()}`).toEqual([])
    }
  })

  // A redriven letter in a group of its own: one handler fails at once, and its message comes before the other one is done.
  it('a message that comes while its sender is about to record it', async () => {
    const { violations, trace } = await runHistory({
      ...ordinary,
      events: [{ resource: 0, type: 'contact.updated', ticks: 0, own: false }],
      handlers: ['audit', 'journal'],
      paceMs: 9_000,
      scripts: [
        {
          handler: 2,
          event: 0,
          runs: [
            { ms: 0, end: 'permanent-failure' },
            { ms: 0, end: 'permanent-failure' },
          ],
          poison: false,
        },
        {
          handler: 6,
          event: 0,
          runs: [
            { ms: 0, end: 'exit' },
            { ms: 0, end: 'fail' },
          ],
          poison: true,
        },
      ],
      faults: [],
      replays: [],
      latencies: [0, 0, 0, 0, 900, 0],
      lateHandlesDelete: false,
      redrives: [{ atMs: 7_200_000, keepsCopy: false, keepsGroup: true }],
    })
    expect(violations, trace()).toEqual([])
  })
})
