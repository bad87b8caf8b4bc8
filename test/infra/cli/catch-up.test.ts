import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { matterId } from '../fake-smokeball/fake-smokeball-started.ts'
import { connectAll, connectedWorld, firm, wholeWorld } from './deployed-world.ts'
import { startCommand } from './in-process.ts'

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
    expect(again.stdout).toMatch(
      /^Nothing was missed\. 1 list of SmokeballWebhooks was walked, with 1 call and \d+ rows?\./m,
    )

    const status = await world.run(['catch-up', '--status'])
    expect(status.stdout).toMatch(/firm-1 +contact .* done/)
    const [walk] = JSON.parse((await world.run(['catch-up', '--status', '--json'])).stdout)
    expect(walk).toMatchObject({ accountId: firm, kind: 'contact', knownUntil: expect.any(String) })
    expect(walk).not.toHaveProperty('noHandler')
  })

  it('says of which kinds it passes by what nothing was ever delivered of, and how that is mended', async (context) => {
    const types = 'contact.updated matter.updated task.updated'
    const world = await connectedWorld(context, { types })
    world.fake.change(contact, { action: 'created', isTold: false })
    await world.fake.settled()
    const args = ['catch-up', '--since', '1h', '--now']
    const { code, stdout } = await world.run(args)
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Nothing was found that was missed\. /)])
    const said =
      'Each matter or contact of which nothing was ever delivered is passed by, since it may be new, and no handler takes ' +
      'matter.created or contact.created: subscribe to matter.created and contact.created, too, or to matter.* and contact.*.\n'
    expect(stdout).toContain(said)
    expect((await world.run(['catch-up', '--plan'])).stdout).toContain(said)
    for (const more of [args, ['catch-up', '--plan']])
      expect(JSON.parse((await world.run([...more, '--json'])).stdout)).toMatchObject({
        onlySeen: ['matter', 'contact'],
      })
    const ofTasks = await world.run([...args, '--kinds', 'task'])
    expect(ofTasks.stdout).toMatch(/^Nothing was missed\. /)
    expect(ofTasks.stdout).not.toContain('passed by')
    expect(ofTasks.stderr).toBe('')
    const ofAllMatters = await world.run([...args, '--kinds', 'task', '--all-matters'])
    expect([ofAllMatters.code, ofAllMatters.stderr]).toEqual([
      0,
      '--all-matters has no effect here: no list that is walked is of what belongs to a matter.\n',
    ])
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

  it('stops quietly when nobody reads what it writes, and holds no other run up', async (context) => {
    const world = await connectedWorld(context)
    for (let each = 0; each < 100; each++)
      world.fake.change({ ...contact, id: `c-${each}` }, { action: 'created', isTold: false })
    await world.fake.settled()
    const args = ['catch-up', '--since', '1h', '--now', '--kinds', 'contact', '--stage', 'prod']
    const started = startCommand('webhooks', args, { env: world.env })
    while (!started.stdout().includes('Handed over')) await setImmediate()
    started.closeStdout()
    expect(await started.ended).toMatchObject({ code: 141, stderr: '' })
    const { code, stdout } = await world.run(args)
    expect([code, stdout]).toEqual([0, expect.stringContaining('Handed over')])
  })

  it('finds a memo of a matter that has changed, and of any other where all are asked for', async (context) => {
    const world = await connectedWorld(context, { types: 'memo.*' })
    // The sample matter was changed long ago.
    world.fake.change(
      { accountId: firm, collection: 'matters', id: 'm-1' },
      { action: 'created', fields: { status: 'Open' } },
    )
    for (const id of ['m-1', matterId])
      world.fake.change(
        { accountId: firm, collection: `matters/${id}/memos`, id: `memo of ${id}` },
        { action: 'created', isTold: false },
      )
    await world.fake.settled()
    const since = ['--since', '1h', '--now']
    const some = await world.run(['catch-up', ...since, '--dry-run'])
    expect(some.stdout + some.stderr).toContain('memo of m-1')
    expect(some.stdout + some.stderr).not.toContain(`memo of ${matterId}`)
    expect(some.stdout).toMatch(/The lists of memo were read only for the matters that changed\./)
    const all = await world.run(['catch-up', ...since, '--all-matters', '--dry-run', '--json'])
    expect(JSON.parse(all.stdout)).toMatchObject({ inPart: [], lists: [{ kind: 'memo', found: 2 }] })
    await world.run(['catch-up'])
    expect((await world.run(['catch-up', '--status'])).stdout).toMatch(/firm-1 +memo \* .* done/)
    world.outputs.EventTypes = 'contact.*'
    expect((await world.run(['catch-up', '--status'])).stdout).toMatch(/memo \* .* no handler takes it/)
    expect(JSON.parse((await world.run(['catch-up', '--status', '--json'])).stdout)).toMatchObject([
      { kind: 'memo', noHandler: true },
    ])
  })

  it('plans without walking: which lists, and what no list tells', async (context) => {
    const types = 'contact.* task.completed roles.updated fee.* error'
    const world = await connectedWorld(context, { types })
    const { stdout } = await world.run(['catch-up', '--plan'])
    expect(stdout).toMatch(/makes 2 calls for each firm .* 17 minutes for 1,000 firms/)
    expect(stdout).toMatch(/fee +\/matters\/\{matterId\}\/fees +1, and 1 for each matter that changed/)
    expect(stdout).toMatch(
      /The lists of fee are read only for the matters that changed: 1,000 of these take 9 minutes/,
    )
    expect(stdout).toMatch(/contact +\/contacts +1/)
    expect(stdout).not.toMatch(/ \/matters /)
    expect(stdout).toMatch(/No list tells of a whole firm's .*roles\.updated/)
    expect(stdout).toMatch(/not that it was task\.completed/)
  })

  it.for([
    [['--kinds', 'roles'], /there is no list to walk for roles\. There are: matter, contact/],
    [['--kinds', 'fee'], /no handler takes events of the kind fee/],
    [['--kinds', 'task'], /no handler takes events of the kind task/],
    [['--kinds', ','], /there is no list to walk for nothing/],
    [['--plan', '--status'], /'--plan' cannot be used with option '--status'/],
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
