import { expect, it, vi } from 'vitest'
import { connectedWorld, firm } from './deployed-world.ts'
import { impatientClock } from './impatient-clock.ts'
import { rotatedKey } from './rotated-key.ts'

vi.mock(import('../../../shared/smokeball-api/token-bucket.ts'), () => import('./no-pace.ts'))

it('gives the subscription a new key by which a noop comes', async (context) => {
  // No delivery came before, so that the receiver knows no key yet. Where it does, see the proof.
  await rotatedKey(context, { before: ['subscriptions', 'ensure'], clock: impatientClock(1_000) })
})

it('refuses where no account is connected, and leaves the key as it is', async (context) => {
  const world = await connectedWorld(context)
  await world.accounts.remove(firm, new AbortController().signal)
  const before = await world.webhookSecret()
  expect(await world.run(['rotate-key', '--stage', 'dev'])).toMatchObject({
    ...{ code: 1, stdout: expect.stringMatching(/^Deployment: SmokeballWebhooks-dev, https:.*\n$/) },
    stderr:
      'No account is connected, so no subscription has a key: npx smokeball-webhooks connect --stage dev\n',
  })
  expect(await world.webhookSecret()).toEqual(before)
})
