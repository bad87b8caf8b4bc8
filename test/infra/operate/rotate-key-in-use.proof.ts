import { expect, it } from 'vitest'
import { engines, oldKey, refusesNothingWhenKilled, rotationWorld, secretId } from './rotation-world.ts'

it('gives each subscription the new key, and the old one its end an hour later', async (context) => {
  const { rotate, secret, fake, refused, received, accepts, pass } = await rotationWorld(context, [
    'firm-1',
    'firm-2',
  ])
  const { rotation } = await rotate()
  const { signingKey, previousSigningKeys } = await secret()
  expect(signingKey).not.toBe(oldKey)
  expect(fake.subscriptions.map(({ key }) => key)).toEqual([signingKey, signingKey])
  expect(previousSigningKeys).toEqual([{ key: oldKey, until: expect.any(String) }])
  expect(refused()).toEqual([])
  expect(received.length).toBeGreaterThan(100)

  expect(await accepts(oldKey)).toEqual([true, true])
  pass(3_599_000)
  expect(await accepts(oldKey)).toEqual([true, true])
  pass(60_000)
  expect(await accepts(oldKey)).toEqual([false, false])
  expect(await accepts(signingKey)).toEqual([true, true])
  expect(rotation.isUnderWay).toBe(false)
})

it('rotates again, and keeps no key whose time is over', async (context) => {
  const { rotate, secret, pass, refused } = await rotationWorld(context)
  await rotate()
  const { signingKey: second } = await secret()
  pass(30 * 60_000)
  await rotate()
  const keys = async () => (await secret()).previousSigningKeys.map(({ key }: { key: string }) => key)
  expect(await keys()).toEqual([second, oldKey])
  pass(7_200_000)
  const { signingKey: third } = await secret()
  await rotate()
  expect(await keys()).toEqual([third])
  expect(refused()).toEqual([])
})

it('killed after every sixth call and run again under traffic, refuses no delivery', async (context) => {
  await refusesNothingWhenKilled(context, { every: 6 })
})

it('stops where a subscription cannot be changed, with both keys good, and goes on from there', async (context) => {
  const { rotate, fake, secret, refused, accepts, traffic } = await rotationWorld(context)
  fake.fail(9, { status: 400 }, { method: 'PUT' })
  await expect(rotate()).rejects.toThrow(/could not be given the new key: .*400.* Both keys stay good/s)
  const { signingKey } = await secret()
  expect(await accepts(oldKey)).toEqual([true, true])
  expect(await accepts(signingKey)).toEqual([true, true])
  fake.fail(0, { status: 400 })
  for (let left = 0; left < 8; left++) await rotate().catch(() => {})
  const { rotation } = await rotate()
  expect(rotation.isUnderWay).toBe(false)
  expect((await secret()).signingKey).toBe(signingKey)
  await traffic()
  expect(refused()).toEqual([])
})

it('leaves a rotation that another has begun meanwhile to be finished', async (context) => {
  const { rotate, fake, secret, refused, traffic } = await rotationWorld(context)
  const { clientId } = fake.credentials
  const { signingKey: first } = await secret()
  fake.rewrite((delivery) => {
    if (delivery.type === 'noop') {
      const { key } = fake.subscriptions[0] ?? {}
      const since = { signingKey: 'newer still', signingKeySince: new Date(Date.UTC(2026, 10, 25, 0, 1)) }
      const previousSigningKeys = [{ key }, { key: first, until: '2026-11-25T02:00:00Z' }]
      engines.secrets.set(secretId, JSON.stringify({ clientId, ...since, previousSigningKeys }))
    }
    return delivery
  })
  await expect(rotate()).rejects.toThrow(/Another rotation, .* was begun meanwhile/)
  expect((await secret()).previousSigningKeys[0]).not.toHaveProperty('until')
  fake.rewrite(undefined)
  expect((await rotate()).rotation.isUnderWay).toBe(false)
  expect((await secret()).signingKey).toBe('newer still')
  await traffic()
  expect(refused()).toEqual([])
})

it('gives the old key no end while no noop comes that is signed with the new one', async (context) => {
  const { rotate, fake, secret, accepts } = await rotationWorld(context)
  fake.rewrite(({ type, ...delivery }) => (type === 'noop' ? undefined : { type, ...delivery }))
  await expect(rotate()).rejects.toThrow(/did not come within 5 s, .*Both keys stay good.*doctor/)
  expect((await secret()).previousSigningKeys).toEqual([{ key: oldKey }])
  expect(await accepts(oldKey)).toEqual([true, true])
  fake.rewrite(undefined)
  expect((await rotate()).rotation.isUnderWay).toBe(false)
})
