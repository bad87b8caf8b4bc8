import { describe, expect, it, vi } from 'vitest'
import { connectAll, connectedWorld, firm, wholeWorld } from './deployed-world.ts'

vi.mock(import('../../../shared/smokeball-api/token-bucket.ts'), () => import('./no-pace.ts'))

const contact = { accountId: firm, collection: 'contacts', id: 'c-1' }

describe('catch-up', () => {
  it('has what no delivery told of handled, and finds nothing more the second time', async (context) => {
    let handled = 0
    const world = await wholeWorld(context, { handle: () => void handled++ })
    await connectAll(world)
    world.fake.change(contact, { action: 'created', isTold: false })
    await world.fake.settled()
    const dry = await world.run(['catch-up', '--since', '1h', '--now', '--dry-run', '--json'])
    expect([dry.code, JSON.parse(dry.stdout)]).toMatchObject([
      0,
      { isDry: true, lists: [{ kind: 'matter' }, { kind: 'contact', accountId: firm }] },
    ])
    expect(dry.stderr).toContain('Would hand over contact.updated c-1 of firm-1')
    const before = await world.tableText()
    expect(before).not.toContain('smokeball-walks')

    const args = ['catch-up', '--since', '1h', '--now', '--kinds', 'contact']
    const { code, stdout } = await world.run(args)
    expect([code, stdout]).toEqual([0, expect.stringContaining('Handed over contact.updated c-1 of firm-1')])
    expect(stdout).toMatch(/See them: npx smokeball-webhooks events list --stage prod/)
    await vi.waitFor(() => expect(handled).toBeGreaterThan(0), 10_000)
    await vi.waitFor(
      async () => expect(await world.tableText()).toContain('"status":{"S":"handled"}'),
      10_000,
    )
    const again = await world.run(args)
    expect(again.stdout).toMatch(/^Nothing was missed\. 1 lists of SmokeballWebhooks walked/m)

    const status = await world.run(['catch-up', '--status'])
    expect(status.stdout).toMatch(/firm-1 +contact .* done/)
    const [walk] = JSON.parse((await world.run(['catch-up', '--status', '--json'])).stdout)
    expect(walk).toMatchObject({ accountId: firm, kind: 'contact', knownUntil: expect.any(String) })
  })

  it('leaves what is younger than half an hour to the next walk', async (context) => {
    const world = await connectedWorld(context)
    world.fake.change(contact, { action: 'created', isTold: false })
    await world.fake.settled()
    expect((await world.run(['catch-up', '--since', '1h', '--kinds', 'contact'])).stdout).toMatch(
      /^Nothing was missed/,
    )
  })

  it('tells what cannot be looked at, goes on with the others, and fails', async (context) => {
    const world = await connectedWorld(context, { accounts: ['firm-1', 'firm-2'] })
    world.fake.revoke('firm-1')
    const { code, stdout, stderr } = await world.run(['catch-up', '--json'])
    expect(code).toBe(1)
    const { lists } = JSON.parse(stdout) as { lists: { accountId: string; problem?: string }[] }
    const failed = lists.filter(({ problem }) => problem !== undefined)
    expect(new Set(failed.map(({ accountId }) => accountId))).toEqual(new Set(['firm-1']))
    expect(lists).toHaveLength(4)
    expect(stderr).toMatch(/firm-1, matter: /)
  })

  it('says while another run goes on, and is not locked by itself', async (context) => {
    const world = await connectedWorld(context)
    const runs = await Promise.all([world.run(['catch-up']), world.run(['catch-up'])])
    const codes = runs.map(({ code }) => code)
    if (codes.includes(1)) expect(runs[codes.indexOf(1)]?.stderr).toMatch(/Another run of catch-up goes on/)
    expect((await world.run(['catch-up'])).code).toBe(0)
  })

  it('plans without walking: which lists, and what no list tells', async (context) => {
    const world = await connectedWorld(context, { types: 'contact.* task.completed memo.created error' })
    const { stdout } = await world.run(['catch-up', '--plan'])
    expect(stdout).toMatch(/contact +\/contacts +1/)
    expect(stdout).not.toContain('/matters')
    expect(stdout).toMatch(/No list tells of a whole firm's .*memo\.created/)
    expect(stdout).toMatch(/not that it was task\.completed/)
  })

  it.for([
    [['--kinds', 'fee'], /there is no list to walk for fee\. There are: matter, contact/],
    [['--kinds', 'task'], /no handler takes events of the kind task/],
    [['--kinds', ','], /there is no list to walk for nothing/],
    [['--since', 'soon'], /--since soon is no moment/],
    [
      ['--account', 'firm-9'],
      /firm-9 is not connected\. Connect it: .*connect --account firm-9 --stage prod/,
    ],
  ] as const)('refuses %j', async ([args, problem], context) => {
    const world = await connectedWorld(context)
    const { code, stderr } = await world.run(['catch-up', ...args])
    expect([code > 0, stderr]).toEqual([true, expect.stringMatching(problem)])
  })
})
