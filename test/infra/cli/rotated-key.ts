import { hash } from 'node:crypto'
import { expect, type TestContext } from 'vitest'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { connectAll, firm, wholeWorld } from './deployed-world.ts'

/**
 * Rotates the key of a deployment, and expects all that comes of it. `before`: the command that makes its subscription.
 */
export async function rotatedKey(
  context: Pick<TestContext, 'onTestFinished'>,
  { before, clock }: { before: string[]; clock: Clock },
): Promise<void> {
  const world = await wholeWorld(context)
  await connectAll(world)
  expect((await world.run(before)).code).toBe(0)
  const { code, stdout, stderr } = await world.run(['rotate-key', '--json'], { clock })
  expect([code, stderr]).toEqual([
    0,
    expect.stringMatching(
      /^Deployment: SmokeballWebhooks, http.*\nput the new key .*\nwaits 15 s, .*\naccount firm-1: subscription .* has the new key\naccount firm-1: a noop came, signed with it\nthe old key is good until .*\n$/,
    ),
  ])
  const { signingKey = '', ...secret } = await world.webhookSecret()
  const { keyFingerprint, oldKeyUntil } = JSON.parse(stdout)
  expect(keyFingerprint).toBe(hash('sha256', signingKey, 'hex').slice(0, 8))
  const leftMs = Date.parse(oldKeyUntil) - clock.now()
  expect(leftMs).toBeGreaterThan(3_500_000)
  expect(leftMs).toBeLessThanOrEqual(3_600_000)
  expect(secret.previousSigningKeys).toEqual([{ key: 'the-signing-key', until: oldKeyUntil }])
  expect(world.fake.subscriptions).toMatchObject([{ accountId: firm, key: signingKey }])
  const all = await world.run(['doctor'], { clock })
  expect([all.code, all.stdout]).toEqual([0, expect.stringContaining('2 signing key(s)')])
}
