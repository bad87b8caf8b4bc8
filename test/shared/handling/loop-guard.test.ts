import { expect, it } from 'vitest'
import { defaultLoopGuard, suspectedLoop } from '../../../shared/handling/loop-guard.ts'

const startEpochMs = Date.UTC(2026, 10, 25)
const minuteMs = 60_000
const after = (count: number, ms: number, guard: typeof defaultLoopGuard | 'off' = defaultLoopGuard) =>
  suspectedLoop(guard, { count, sinceEpochMs: startEpochMs }, startEpochMs + ms)

it('suspects more than the writes that are allowed, until the window is over', () => {
  expect(after(20, 0)).toBeUndefined()
  expect(after(21, 0)).toMatch(/wrote to Smokeball 21 times within 10 minutes/)
  expect(after(21, 10 * minuteMs - 1)).toContain('from 2026-11-25T00:10:00.000Z')
  expect(after(21, 10 * minuteMs)).toBeUndefined()
})

it('suspects nothing where no write was counted, or the guard is off', () => {
  expect(suspectedLoop(defaultLoopGuard, undefined, startEpochMs)).toBeUndefined()
  expect(after(1_000, 0, 'off')).toBeUndefined()
})
