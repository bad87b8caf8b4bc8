import { describe, expect, it, vi } from 'vitest'
import { connectedWorld, deployedWorld, firm, wholeWorld } from './deployed-world.ts'
import { hasTerminals, onRealTerminal, onTerminal } from './on-terminal.ts'

vi.mock(import('../../../shared/smokeball-api/token-bucket.ts'), () => import('./no-pace.ts'))

const enter = '\r'

describe('on a terminal', () => {
  // The system echoes what is typed unless it is told not to, and turns Ctrl-C into a signal.
  it.skipIf(!hasTerminals)(
    'of its own, secret set asks, shows nothing of the value, and asks again for what cannot be one',
    async (context) => {
      const world = await deployedWorld(context)
      const { code, screen } = await onRealTerminal(
        ['secret', 'set', 'client-secret', '--stage', 'prod'],
        world.env,
        [
          ['Client secret', enter],
          ['Client secret is missing', `s3cret-value${enter}`],
        ],
      )
      expect([code, screen]).toEqual([0, expect.stringContaining('Put in: client-secret')])
      expect(screen).not.toContain('s3cret')
      expect((await world.apiSecret()).clientSecret).toBe('s3cret-value')
    },
  )

  it('connect asks for all that it needs, and the next time for nothing', async (context) => {
    const world = await wholeWorld(context)
    const { clientId, clientSecret, apiKey } = world.fake.credentials
    const args = ['connect', '--stage', 'prod', '--api-url', world.fake.url, '--auth-url', world.fake.url]
    const asked = await onTerminal(args, world.env, [
      ['Region of your app', enter],
      ['Which Smokeball', enter],
      ['Client id', clientId + enter],
      ['Client secret', clientSecret + enter],
      ['API key', apiKey + enter],
      ['Account id of the firm', firm + enter],
    ])
    expect([asked.code, asked.screen]).toEqual([0, expect.stringContaining('✓ noop, account firm-1')])
    for (const secret of [clientSecret, apiKey]) expect(asked.screen).not.toContain(secret)
    expect(await world.apiSecret()).toMatchObject({ region: 'us', environment: 'production' })
    const again = await onTerminal(['connect', '--stage', 'prod'], world.env, [])
    expect([again.code, again.screen]).toEqual([0, expect.stringContaining(' is right: ')])
  })

  it.skipIf(!hasTerminals)('of its own, stops at Ctrl-C without having changed anything', async (context) => {
    const world = await deployedWorld(context)
    const { code, screen } = await onRealTerminal(['secret', 'set', '--stage', 'prod'], world.env, [
      ['Client id', '\u0003'],
    ])
    expect([code, screen]).toEqual([1, expect.stringContaining('Stopped. What was done so far stays')])
    expect(await world.apiSecret()).toEqual({ requestIdKey: 'the-id-key' })
  })

  it('subscriptions delete asks before', async (context) => {
    const world = await connectedWorld(context)
    await world.run(['subscriptions', 'ensure'])
    const args = ['subscriptions', 'delete', world.fake.subscriptions[0]?.id ?? '', '--stage', 'prod']
    const no = await onTerminal(args, world.env, [['Delete ', enter]])
    expect([no.code, no.screen]).toEqual([1, expect.stringContaining('Nothing was deleted.')])
    const yes = await onTerminal(args, world.env, [['Delete ', 'y']])
    expect([yes.code, world.fake.subscriptions]).toEqual([0, []])
  })

  it('asks which deployment is to be changed where none is named', async (context) => {
    const world = await deployedWorld(context)
    const down = '\u001b[B'
    const prod = await onTerminal(['secret', 'set', 'client-secret'], world.env, [
      ['Which deployment?', down + enter],
      ['Client secret', `s3cret-value${enter}`],
    ])
    expect([prod.code, prod.screen]).toEqual([0, expect.stringContaining('Deployment: SmokeballWebhooks\n')])
    expect(prod.screen).toContain('Next: npx smokeball-webhooks connect --stage prod\n')
    const local = await onTerminal(['pause'], world.env, [['Which deployment?', enter]])
    expect([local.code, local.screen]).toEqual([1, expect.stringContaining('No local run was found.')])
  })
})
