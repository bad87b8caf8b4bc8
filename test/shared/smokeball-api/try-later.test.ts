import { expect, it } from 'vitest'
import { retryAfterMs } from '../../../shared/smokeball-api/try-later.ts'

const now = Date.UTC(2015, 9, 21, 7, 28)

it.each([
  ['120', 120_000],
  ['0', 0],
  // The example of RFC 9110.
  ['Wed, 21 Oct 2015 07:28:30 GMT', 30_000],
  ['Wed, 21 Oct 2015 07:27:00 GMT', 0],
  ['soon', undefined],
  ['', undefined],
  [null, undefined],
])('Retry-After: %s asks for %s ms', (header, ms) => {
  expect(retryAfterMs(header, now)).toBe(ms)
})
