import { hash } from 'node:crypto'
import { expect, it } from 'vitest'
import { connectAll, connectedWorld, firm, wholeWorld } from './deployed-world.ts'

// It waits until each receiver has taken the key up.
it('gives the subscription a new key by which a noop comes', { timeout: 60_000 }, async (context) => {
  const world = await wholeWorld(context)
  await connectAll(world)
  await world.run(['connect'])
  const { code, stdout, stderr } = await world.run(['rotate-key', '--json'])
  expect([code, stderr]).toEqual([
    0,
    expect.stringMatching(
      /^Deployment: SmokeballWebhooks, http.*\nput the new key .*\nwaits 15 s, .*\naccount firm-1: subscription .* has the new key\naccount firm-1: a noop came, signed with it\nthe old key is good until .*\n$/,
    ),
  ])
  const { signingKey = '', ...secret } = await world.webhookSecret()
  const { keyFingerprint, oldKeyUntil } = JSON.parse(stdout)
  expect(keyFingerprint).toBe(hash('sha256', signingKey, 'hex').slice(0, 8))
  const leftMs = Date.parse(oldKeyUntil) - Date.now()
  expect(leftMs).toBeGreaterThan(3_500_000)
  expect(leftMs).toBeLessThanOrEqual(3_600_000)
  expect(secret.previousSigningKeys).toEqual([{ key: 'the-signing-key', until: oldKeyUntil }])
  expect(world.fake.subscriptions).toMatchObject([{ accountId: firm, key: signingKey }])
  const all = await world.run(['doctor'])
  expect([all.code, all.stdout]).toEqual([0, expect.stringContaining('2 signing key(s)')])
})

it('refuses where no account is connected, and leaves the key as it is', async (context) => {
  const world = await connectedWorld(context)
  await world.accounts.remove(firm, new AbortController().signal)
  const before = await world.webhookSecret()
  expect(await world.run(['rotate-key', '--stage', 'dev'])).toMatchObject({
    ...{ code: 1, stdout: expect.stringMatching(/^Deployment: SmokeballWebhooks-dev, https:.*\n$/) },
    stderr:
      'No account is connected, so no subscription has a key: npm run webhooks -- connect --stage dev\n',
  })
  expect(await world.webhookSecret()).toEqual(before)
})
