import { expect, it, type TestContext } from 'vitest'
import { on } from '#webhooks'
import { startFakeSmokeball } from '../../../infra/fake-smokeball/start-fake-smokeball.ts'
import { walksOf } from '../../../infra/operate/catch-up.ts'
import { deploymentOf } from '../../../infra/operate/deployment.ts'
import { awsOf } from '../../../infra/operate/running-file.ts'
import { systemClock } from '../../../shared/runtime/clock.ts'
import { apiSecretFor } from '../../beside-fake.ts'
import { consoleWorld } from './console-world.ts'

const within = { timeout: 15_000 }

/** A console beside a fake Smokeball whose firms are connected. */
async function worldBesideFake(context: TestContext, types = 'contact.*') {
  const fake = await startFakeSmokeball({ rateLimit: 'off' })
  context.onTestFinished(() => fake.stop())
  let recovered = 0
  const handlers = [on(types as '*', { name: 'crm' }, (event) => void (event.recovered && recovered++))]
  const { clientId } = fake.credentials
  const world = await consoleWorld(context, { handlers, clientId, apiSecret: apiSecretFor(fake) })
  for (const { accountId, refreshToken } of fake.credentials.accounts)
    await world.local.keeper.invoke({ accountId, refreshToken })
  const ended = async () => {
    await expect
      .poll(async () => (await world.get('catch-up/run')).run?.ended, within)
      .toEqual(expect.any(String))
    return (await world.get('catch-up/run')).run
  }
  return { ...world, fake, ended, recovered: () => recovered }
}

it('loses a change, finds it, has it handled as recovered, and finds nothing the next time', async (context) => {
  const { get, post, ended, local, recovered, fake } = await worldBesideFake(context)
  const [{ accountId } = { accountId: '' }] = fake.credentials.accounts
  expect(await get('catch-up')).toEqual({ walks: [], count: 0, losable: 'contact' })
  const lost = await post('lose', { kind: 'contact' })
  expect([lost.status, lost.json]).toEqual([200, { accountId, kind: 'contact', id: expect.any(String) }])
  const begun = await post('catch-up', { accountId: 'all' })
  expect(begun).toMatchObject({ status: 200, json: { run: { ended: null, lists: 1, failure: null } } })
  expect(await ended()).toMatchObject({ begun: 1, found: 1, problems: [], failure: null })
  await local.settled()
  await expect.poll(recovered, within).toBe(1)
  const { walks } = await get('catch-up')
  expect(walks).toMatchObject([
    { accountId, kind: 'contact', knownUntil: expect.any(String), last: { found: 1 } },
  ])
  await post('catch-up', { accountId })
  expect(await ended()).toMatchObject({ found: 0, problems: [] })
})

it('does one run at a time, tells of one elsewhere, and of lists that could not be looked at', async (context) => {
  const { get, post, ended, fake, local } = await worldBesideFake(context)
  const [{ accountId } = { accountId: '' }] = fake.credentials.accounts
  const both = await Promise.all([post('catch-up', { accountId }), post('catch-up', { accountId })])
  expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409])
  expect(both.find(({ status }) => status === 409)?.json.error).toMatch(/A run goes on already/)
  await ended()
  const deployment = deploymentOf({ outputs: local.outputs, aws: awsOf(local) })
  context.onTestFinished(deployment.destroy)
  const walks = walksOf(deployment, systemClock)
  const untilEpochMs = Date.now() + 60_000
  await walks.lock(untilEpochMs, AbortSignal.timeout(5_000))
  await post('catch-up', { accountId })
  expect((await ended()).failure).toMatch(/^Another run of catch-up goes on/)
  await walks.unlock(untilEpochMs, AbortSignal.timeout(5_000))
  fake.revoke(accountId)
  await post('catch-up', { accountId })
  const { problems, found } = await ended()
  expect([problems, found]).toEqual([[{ accountId, kind: 'contact', problem: expect.any(String) }], 0])
  expect((await get('catch-up/run')).run.failure).toBeNull()
})

it('refuses firms that are not connected, and what no list tells of', async (context) => {
  const { get, post } = await worldBesideFake(context, 'roles.*')
  expect(await post('catch-up', { accountId: 'stranger' })).toMatchObject({
    status: 409,
    json: { error: 'stranger is not connected.' },
  })
  expect((await post('catch-up', { accountId: 'all' })).json.error).toMatch(/nothing to walk/)
  expect(await get('catch-up')).toEqual({ walks: [], count: 0, losable: null })
})

it('loses nothing where Smokeball is a real one', async (context) => {
  const { get, post } = await consoleWorld(context, {
    handlers: [on('contact.*', { name: 'crm' }, () => {})],
  })
  expect((await get('catch-up')).losable).toBeNull()
  const answer = await post('lose', { kind: 'contact' })
  expect([answer.status, answer.json.error]).toEqual([409, expect.stringMatching(/fake Smokeball alone/)])
  expect((await post('catch-up', { accountId: 'all' })).json.error).toMatch(/No firm is connected/)
})
