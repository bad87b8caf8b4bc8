import { it } from 'vitest'
import { replayedOnceThoughKilled } from './replay-world.ts'

it('loses and doubles nothing of 1,000 events when it is killed half way and gone on with', async (context) => {
  await replayedOnceThoughKilled(context, 1_000)
}, 180_000)
