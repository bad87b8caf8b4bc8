import { expect, it, vi } from 'vitest'
import { connectedWorld, deployedWorld, firm } from './deployed-world.ts'

vi.mock(import('../../../shared/smokeball-api/token-bucket.ts'), () => import('./no-pace.ts'))

const signal = new AbortController().signal

it('adds an account with a refresh token from stdin, which is stored sealed', async (context) => {
  const world = await deployedWorld(context)
  const token = world.fake.credentials.accounts[0]?.refreshToken ?? ''
  const args = ['accounts', 'add', firm, '--refresh-token']
  const added = await world.run(args, { stdin: `${token}\n` })
  expect(added).toMatchObject({ code: 0, stderr: '' })
  expect(added.stdout).toContain(`Next: npx smokeball-webhooks subscriptions ensure --account ${firm}`)
  expect(await world.accounts.list(signal)).toMatchObject([{ accountId: firm, hasRefreshToken: true }])
  expect(await world.tableText()).not.toContain(token)
  expect((await world.apiSecret()).tokenKey).toMatch(/^[\da-f]{64}$/)
  // With the client's credentials put in, it is used.
  await world.run(['secret', 'set', ...world.place], { stdin: world.lines })
  expect(await world.run(['subscriptions', 'ensure'])).toMatchObject({ code: 0, stderr: '' })
})

it('leaves the refresh token that works where another does not, or cannot be proven', async (context) => {
  const world = await connectedWorld(context)
  const add = (token: string) =>
    world.run(['accounts', 'add', firm, '--refresh-token'], { stdin: `${token}\n` })
  const sealed = async () => /"token":\{"S":"[^"]+"/.exec(await world.tableText())?.[0]
  expect(await add(world.fake.credentials.accounts[0]?.refreshToken ?? '')).toMatchObject({ code: 0 })
  const before = await sealed()
  expect(before).toMatch(/^"token":/)
  const refused = await add('never-issued')
  expect(refused).toMatchObject({ code: 1, stdout: '' })
  expect(refused.stderr).toMatch(
    /^Smokeball does not take this refresh token for account firm-1: .* stays\. Let one/,
  )
  expect(refused.stderr).not.toContain('never-issued')
  const { tokenKey } = await world.apiSecret()
  await world.setSecret('api', { requestIdKey: 'k', tokenKey })
  expect(await add(world.fake.grant(firm))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('secret set'),
  })
  expect(await sealed()).toBe(before)
})

it('adds an account by id, lists what is connected, and shows what the last check came to', async (context) => {
  const world = await deployedWorld(context)
  const none = await world.run(['accounts', 'list'])
  expect(none.stdout).toMatch(/^No account is connected yet\. Connect one: npx smokeball-webhooks connect/)
  await world.run(['accounts', 'add', firm])
  await world.run(['secret', 'set', ...world.place], { stdin: world.lines })
  await world.run(['accounts', 'add', 'firm-2'])
  expect((await world.run(['subscriptions', 'ensure', '--account', firm])).code).toBe(0)
  expect((await world.run(['subscriptions', 'ensure', '--account', 'firm-2'])).code).toBe(1)
  const named = await world.run(['subscriptions', 'ensure', '--account', 'firm-2', '--stage', 'dev'])
  expect(named.stderr).toMatch(/npx smokeball-webhooks connect --acts-for many --stage dev\n$/)
  const { stdout } = await world.run(['accounts', 'list'])
  const id = world.fake.subscriptions[0]?.id
  expect(stdout).toMatch(new RegExp(`\\nfirm-1 +\\d{4}-.* client +${id} +created \\d{4}-`))
  expect(stdout).toMatch(/\nfirm-2 .* - +failed \d{4}-.*\nfirm-2: OtherAccount: /)
  const json = JSON.parse((await world.run(['accounts', 'list', '--json'])).stdout)
  expect(json).toMatchObject([
    { accountId: firm, connectedBy: 'client', subscription: { id }, lastCheck: { outcome: 'created' } },
    { accountId: 'firm-2', lastCheck: { outcome: 'failed', problem: expect.any(String) } },
  ])
})

it.for(['..', 'a b', ''])('%j is no account id', async (id, context) => {
  const world = await deployedWorld(context)
  expect(await world.run(['accounts', 'add', id])).toMatchObject({
    code: 2,
    stderr: `'${id}' cannot be an account id.\n`,
  })
})

it('removes an account with its subscription, and no other URL’s', async (context) => {
  const world = await connectedWorld(context)
  await world.run(['subscriptions', 'ensure'])
  await world.run(['subscriptions', 'create', '--url', 'https://other.example/'])
  expect(world.fake.subscriptions).toHaveLength(2)
  const removed = await world.run(['accounts', 'remove', firm])
  expect(removed).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Deleted subscription .*\nForgotten\.\n$/),
  })
  expect(world.fake.subscriptions.map(({ eventNotificationUrl }) => eventNotificationUrl)).toEqual([
    'https://other.example/',
  ])
  expect(await world.accounts.list(signal)).toEqual([])
  const again = await world.run(['accounts', 'remove', firm])
  expect(again).toMatchObject({ code: 1, stderr: expect.stringMatching(/^firm-1 is not connected/) })
})

it('removes an account that is not the client’s, and leaves the subscription of the one that is', async (context) => {
  const world = await connectedWorld(context)
  await world.run(['subscriptions', 'ensure'])
  await world.run(['accounts', 'add', 'mistyped'])
  const removed = await world.run(['accounts', 'remove', 'mistyped'])
  expect(removed).toMatchObject({ code: 0, stdout: 'Forgotten.\n' })
  expect(world.fake.subscriptions).toHaveLength(1)
})

it('lets nobody else at the account from when its subscription goes until it is forgotten', async (context) => {
  const world = await connectedWorld(context)
  await world.run(['subscriptions', 'ensure'])
  const removing = world.run(['accounts', 'remove', firm])
  const seen: string[] = []
  while (seen.at(-1) !== 'gone') {
    // A hold that is over at once.
    const { kind } = await world.accounts.hold(firm, Date.now(), signal)
    if (kind !== seen.at(-1)) seen.push(kind)
  }
  expect(await removing).toMatchObject({ code: 0 })
  expect(seen).toEqual(['held', 'busy', 'gone'])
  expect(world.fake.subscriptions).toEqual([])
})

it('keeps an account whose subscription cannot be deleted, unless it is forced', async (context) => {
  const world = await connectedWorld(context)
  await world.run(['subscriptions', 'ensure'])
  world.fake.fail(2, { status: 403 }, { method: 'DELETE' })
  const kept = await world.run(['accounts', 'remove', firm])
  expect(kept.code).toBe(1)
  expect(kept.stderr).toMatch(
    /stays connected: DELETE .* answered 403.* accounts remove --force --stage prod -- firm-1\n$/,
  )
  expect(await world.accounts.list(signal)).toHaveLength(1)
  const forced = await world.run(['accounts', 'remove', firm, '--force', '--json'])
  expect(forced).toMatchObject({ code: 0, stderr: expect.stringContaining('stays at Smokeball') })
  expect(JSON.parse(forced.stdout)).toEqual({ accountId: firm, deletedSubscriptions: [] })
  expect(await world.accounts.list(signal)).toEqual([])
  expect(world.fake.subscriptions).toHaveLength(1)
})

it('--keep-subscription leaves it there and calls nobody', async (context) => {
  const world = await connectedWorld(context)
  await world.run(['subscriptions', 'ensure'])
  const calls = world.fake.requests.length
  expect(await world.run(['accounts', 'remove', firm, '--keep-subscription'])).toMatchObject({ code: 0 })
  expect(world.fake.requests).toHaveLength(calls)
  expect(world.fake.subscriptions).toHaveLength(1)
})
