import { it } from 'vitest'
import { systemClock } from '../../../shared/runtime/clock.ts'
import { rotatedKey } from './rotated-key.ts'

it('waits until a receiver that knows the old key has taken the new one up', {
  timeout: 60_000,
}, async (context) => {
  await rotatedKey(context, { before: ['connect'], clock: systemClock })
})
