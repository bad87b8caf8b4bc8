import { expect, it } from 'vitest'
import { firm, wholeWorld } from './deployed-world.ts'

it('connect stays below the limit of the API’s rate', async (context) => {
  // On a busy machine, calls that were made at their time may arrive closer together.
  const rateLimit = { perSecond: 5, burst: 7 }
  const world = await wholeWorld(context, { rateLimit, types: 'matter.updated mattertype.updated' })
  const args = ['connect', ...world.place, '--account', firm, '--system-events']
  const { code, stderr } = await world.run(args, { stdin: world.lines })
  expect([code, stderr]).toEqual([0, ''])
  const calls = world.fake.requests.filter(({ path }) => path !== '/oauth2/token')
  expect(calls.length).toBeGreaterThan(8)
  expect(calls.filter(({ status }) => status === 429)).toEqual([])
})
