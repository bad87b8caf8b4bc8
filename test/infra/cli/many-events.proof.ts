import { it } from 'vitest'
import { readByFewCalls } from './many-events.ts'

it('lists, finds and follows 20,000 events by few calls', async (context) => {
  await readByFewCalls(context, 20_000)
}, 120_000)
