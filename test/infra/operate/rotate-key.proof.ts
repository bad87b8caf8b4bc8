import { it } from 'vitest'
import { refusesNothingWhenKilled } from './rotation-world.ts'

it('killed after any call and run again under traffic, refuses no delivery', {
  timeout: 240_000,
}, async (context) => {
  await refusesNothingWhenKilled(context, { every: 1 })
})
