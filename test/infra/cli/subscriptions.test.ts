import { describe, expect, it, vi } from 'vitest'
import { callbackUrl, connectedWorld, firm } from './deployed-world.ts'
import { impatientClock } from './impatient-clock.ts'

vi.mock(import('../../../shared/smokeball-api/token-bucket.ts'), () => import('./no-pace.ts'))

const signal = new AbortController().signal
const two = { accounts: ['firm-a', 'firm-b'] }

describe('types', () => {
  it('lists what Smokeball offers, marks what handlers want, and tells of what it does not offer', async (context) => {
    const eventTypes = ['contact.created', 'matter.created', 'matter.updated']
    const world = await connectedWorld(context, { types: 'matter.* bogus.*', eventTypes })
    const { code, stdout, stderr } = await world.run(['types'])
    expect([code, stdout]).toEqual([0, '  contact.created\n* matter.created\n* matter.updated\n'])
    expect(stderr).toMatch(/ask for bogus\.\*, which Smokeball does not offer/)
    expect(JSON.parse((await world.run(['types', '--json'])).stdout)[0]).toEqual({
      ...{ type: 'contact.created', isWanted: false },
    })
  })

  it('lists what is known where no account is connected, and says so', async (context) => {
    const world = await connectedWorld(context)
    await world.accounts.remove(firm, signal)
    const { code, stdout, stderr } = await world.run(['types'])
    expect([code, stdout.split('\n').slice(-7, -2)]).toEqual([
      ...[0, ['? task.completed', '  task.created', '  task.deleted', '  task.updated', '  user.registered']],
    ])
    expect(stderr).toMatch(
      /are known\. No account is connected yet: .* connect --account ACCOUNT_ID --stage prod\n$/,
    )
  })
})

describe('subscriptions ensure', () => {
  it('expands wildcards, and repairs what was changed', async (context) => {
    const world = await connectedWorld(context)
    expect((await world.run(['subscriptions', 'ensure'])).stdout).toMatch(
      /was created: .*contact\.created.*\n$/,
    )
    const id = world.fake.subscriptions[0]?.id
    expect((await world.run(['subscriptions', 'ensure'])).stdout).toMatch(/ is right: /)
    world.fake.loseSubscriptions(firm)
    const { stdout } = await world.run(['subscriptions', 'ensure', '--json'])
    const [repaired] = JSON.parse(stdout)
    expect(repaired).toMatchObject({
      accountId: firm,
      outcome: 'repaired',
      differences: ['it was not there'],
    })
    expect(repaired.subscription.id).not.toBe(id)
  })

  it('tells of duplicates, and removes them when it is told to', async (context) => {
    const world = await connectedWorld(context)
    await world.run(['subscriptions', 'ensure'])
    const { code } = await world.run(['subscriptions', 'create', '--another'])
    expect([code, world.fake.subscriptions.length]).toEqual([0, 2])
    const told = await world.run(['subscriptions', 'ensure'])
    expect(told).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('subscriptions ensure --remove-duplicates'),
    })
    const first = world.fake.subscriptions[0]?.id
    const removed = await world.run(['subscriptions', 'ensure', '--remove-duplicates'])
    expect(removed).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('were deleted') })
    expect(world.fake.subscriptions.map(({ id }) => id)).toEqual([first])
  })

  it('goes on after an account that fails', async (context) => {
    const world = await connectedWorld(context, two)
    const tokens = Object.fromEntries(
      world.fake.credentials.accounts.map(({ accountId, refreshToken }) => [accountId, refreshToken]),
    )
    await world.run(['accounts', 'add', 'firm-a', '--refresh-token'], { stdin: tokens['firm-a'] ?? '' })
    world.fake.revoke('firm-a')
    const { code, stdout, stderr } = await world.run(['subscriptions', 'ensure', '--json'])
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^firm-a: Smokeball no longer takes the refresh token.*let one of its users sign in/,
    )
    expect(JSON.parse(stdout)).toMatchObject([
      { accountId: 'firm-a', problem: expect.any(String) },
      { accountId: 'firm-b', outcome: 'created' },
    ])
    expect(world.fake.subscriptions.map(({ accountId }) => accountId)).toEqual(['firm-b'])
    const listed = await world.run(['subscriptions', 'list'])
    expect(listed).toMatchObject({ code: 1, stdout: expect.stringContaining('firm-b\n* ') })
  })

  it('names the fix for a wrong key, a wrong client secret, and calls that are too many', async (context) => {
    const world = await connectedWorld(context)
    const right = await world.apiSecret()
    await world.setSecret('api', { ...right, apiKey: 'of-another-region' })
    const key = await world.run(['subscriptions', 'ensure'])
    expect(key).toMatchObject({ code: 1, stdout: '' })
    expect(key.stderr).toMatch(
      /API key and client are those of us staging: npx smokeball-webhooks secret set --stage prod\n$/,
    )
    await world.setSecret('api', { ...right, clientSecret: 'wrong' })
    const client = await world.run(['subscriptions', 'list'])
    expect(client.stderr).toMatch(
      /client id and client secret are those of us staging: npx smokeball-webhooks secret set --stage prod/,
    )
    await world.setSecret('api', right)
    world.fake.fail(9, { status: 429 }, { path: '/webhooks/types' })
    const rate = await world.run(['types'], { clock: impatientClock(20) })
    expect(rate).toMatchObject({ code: 1, stdout: '' })
    expect(rate.stderr).toMatch(/limits calls to 5 a second .* Try again in \d+ seconds\.\n$/)
    expect(rate.stderr).not.toMatch(/\n\s+at /)
  })

  it('says that the credentials are missing, or no account', async (context) => {
    const world = await connectedWorld(context)
    await world.setSecret('api', { requestIdKey: 'the-id-key' })
    const missing = await world.run(['subscriptions', 'ensure'])
    expect(missing.stderr).toMatch(
      /cannot be called without credentials: `clientId` is missing.*secret set --stage prod\n$/,
    )
    await world.accounts.remove(firm, signal)
    const unknown = await world.run(['subscriptions', 'ensure', '--account', firm])
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      expect.stringMatching(/is not connected\. Connect it: .* connect --account firm-1 --stage prod\n$/),
    ])
    for (const command of ['subscriptions ensure', 'subscriptions list'])
      expect(await world.run(command.split(' '))).toMatchObject({
        code: 1,
        stderr:
          'No account is connected yet. Connect one: npx smokeball-webhooks connect --account ACCOUNT_ID --stage prod\n',
      })
  })
})

describe('subscriptions', () => {
  it('list marks the one of this URL, and shows others', async (context) => {
    const world = await connectedWorld(context)
    await world.run(['subscriptions', 'ensure'])
    await world.run([
      'subscriptions',
      'create',
      '--url',
      'https://other.example/',
      '--types',
      'matter.*',
      '--name',
      'Mine',
    ])
    const { stdout } = await world.run(['subscriptions', 'list'])
    expect(stdout).toMatch(/^firm-1\n\* \S+ {2}https:\/\/x\.example\/smokeball {2}SmokeballWebhooks\n/)
    expect(stdout).toMatch(/\n {2}\S+ {2}https:\/\/other\.example\/ {2}Mine\n {4}matter\./)
    const [{ subscriptions }] = JSON.parse((await world.run(['subscriptions', 'list', '--json'])).stdout)
    expect(subscriptions.map(({ isOurs }: { isOurs: boolean }) => isOurs)).toEqual([true, false])
  })

  it('create makes no second one for a URL by mistake, and what is known of ours stays true', async (context) => {
    const world = await connectedWorld(context)
    const made = await world.run(['subscriptions', 'create', '--json'])
    expect(JSON.parse(made.stdout)).toMatchObject({ accountId: firm, url: callbackUrl })
    const refused = await world.run(['subscriptions', 'create'])
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/already: .* --another makes it/),
    })
    expect(world.fake.subscriptions).toHaveLength(1)
    const ensured = await world.run(['subscriptions', 'ensure'])
    expect(ensured.stdout).toMatch(/ is right: /)
  })

  it('refuses a type that is not on offer, and names the nearest', async (context) => {
    const world = await connectedWorld(context)
    const args = ['subscriptions', 'create', '--url', 'https://o.example', '--types', 'mater.updated']
    const { code, stderr } = await world.run(args)
    expect([code, stderr]).toEqual([1, expect.stringContaining("Did you mean 'matter.updated'?")])
    expect(await world.run(['subscriptions', 'create', '--types', ' , '])).toMatchObject({ code: 2 })
  })

  it('update keeps what is not named, always sends the key, and what is known of ours stays true', async (context) => {
    const world = await connectedWorld(context)
    await world.run(['subscriptions', 'ensure'])
    const [before] = world.fake.subscriptions
    const id = before?.id ?? ''
    const { code, stderr } = await world.run(['subscriptions', 'update', id, '--types', 'matter.updated'])
    expect([code, stderr]).toEqual([0, expect.stringContaining('looks at its subscription every hour')])
    const { name, eventNotificationUrl, key } = before ?? {}
    expect(world.fake.subscriptions[0]).toMatchObject({ id, name, eventNotificationUrl, key })
    expect(world.fake.subscriptions[0]?.eventTypes).toEqual(['matter.updated'])
    expect((await world.accounts.list(signal))[0]).toMatchObject({
      ...{ subscription: { id, eventTypes: ['matter.updated'] }, lastCheck: { outcome: 'updated' } },
    })
    await world.run(['subscriptions', 'update', id, '--name', 'Other'])
    expect(world.fake.subscriptions[0]).toMatchObject({ name: 'Other', eventTypes: ['matter.updated'], key })
    const [ensured] = JSON.parse((await world.run(['subscriptions', 'ensure', '--json'])).stdout)
    expect(ensured).toMatchObject({ outcome: 'updated', subscription: { id } })
    const none = await world.run(['subscriptions', 'update', 'none', '--name', 'x'])
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('has no subscription none') })
  })

  it('delete needs --yes without a terminal', async (context) => {
    const world = await connectedWorld(context)
    await world.run(['subscriptions', 'ensure'])
    const id = world.fake.subscriptions[0]?.id ?? ''
    const asked = await world.run(['subscriptions', 'delete', id])
    expect(asked).toMatchObject({ code: 1, stderr: `Say --yes to delete ${id} (${callbackUrl}).\n` })
    const done = await world.run(['subscriptions', 'delete', id, '--yes', '--json'])
    expect(done).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('accounts remove --stage prod -- firm-1'),
    })
    expect(JSON.parse(done.stdout)).toEqual({ accountId: firm, deleted: id })
    expect(world.fake.subscriptions).toEqual([])
  })

  it('create, update and delete say which account where several are connected', async (context) => {
    const world = await connectedWorld(context, two)
    for (const args of [['create'], ['update', 'x'], ['delete', 'x']])
      expect(await world.run(['subscriptions', ...args])).toMatchObject({
        code: 1,
        stderr: 'Several accounts are connected. Say which: --account firm-a or firm-b\n',
      })
    const { stdout } = await world.run(['subscriptions', 'create', '--account', 'firm-b', '--json'])
    expect(JSON.parse(stdout).accountId).toBe('firm-b')
  })

  it('create and update connect no account', async (context) => {
    const world = await connectedWorld(context)
    await world.accounts.remove(firm, signal)
    const account = ['--account', firm]
    const { stdout } = await world.run(['subscriptions', 'create', '--json', ...account])
    const { id } = JSON.parse(stdout)
    expect(await world.run(['subscriptions', 'update', id, '--name', 'Mine', ...account])).toMatchObject({
      code: 0,
    })
    expect(world.fake.subscriptions).toMatchObject([{ id, name: 'Mine', key: 'the-signing-key' }])
    expect(await world.accounts.list(signal)).toEqual([])
  })
})
