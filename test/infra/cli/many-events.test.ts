import { it } from 'vitest'
import { readByFewCalls } from './many-events.ts'

it('lists, finds and follows 2,000 events by few calls', async (context) => {
  await readByFewCalls(context, 2_000)
})
