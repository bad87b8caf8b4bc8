import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, type TestContext, vi } from 'vitest'
import { writeRunning } from '../../../infra/operate/running-file.ts'
import { systemAccountId } from '../../../shared/smokeball-api/account.ts'
import { connectAll, firm, type WholeWorld, wholeWorld } from './deployed-world.ts'
import { runWebhooks } from './run-webhooks.ts'

vi.mock(import('../../../shared/smokeball-api/token-bucket.ts'), () => import('./no-pace.ts'))

/** Its credentials are put in, and its accounts are added. */
async function connectedWhole(
  context: TestContext,
  options?: Parameters<typeof wholeWorld>[1],
): Promise<WholeWorld> {
  const world = await wholeWorld(context, options)
  await connectAll(world)
  return world
}

describe('connect', () => {
  it('goes from nothing to a subscription; a second run changes nothing and asks nothing', async (context) => {
    const world = await wholeWorld(context)
    const first = await world.run(['connect', ...world.place, '--account', firm], { stdin: world.lines })
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toMatch(
      /^Deployment: SmokeballWebhooks, .*\nSmokeball: us staging\nSecrets: put in .*\nAccount: firm-1: connected\nSubscription:\n.* was created: .*\nCheck:\n(✓ .*\n){8}✓ noop, account firm-1: it was sent, verified and taken up within \d+ ms\n$/,
    )
    const { clientId, clientSecret, apiKey } = world.fake.credentials
    expect(await world.apiSecret()).toEqual({
      ...{ requestIdKey: 'the-id-key', clientId, clientSecret, apiKey, region: 'us', environment: 'staging' },
      ...{
        apiUrl: world.fake.url,
        authUrl: world.fake.url,
        tokenKey: expect.stringMatching(/^[\da-f]{64}$/),
      },
    })
    expect(await world.webhookSecret()).toEqual({ signingKey: 'the-signing-key', clientId })
    const [made] = world.fake.subscriptions
    expect(made).toMatchObject({
      key: 'the-signing-key',
      eventNotificationUrl: world.local.url,
      name: 'SmokeballWebhooks',
    })
    expect(made?.eventTypes).toEqual(expect.arrayContaining(['contact.created', 'matter.updated']))
    expect(made?.eventTypes).not.toContain('contact.*')

    const before = await world.apiSecret()
    const calls = world.fake.requests.length
    const second = await world.run(['connect'])
    expect(second).toMatchObject({ code: 0, stderr: '' })
    expect(second.stdout).toMatch(
      /Secrets: there already\nAccount: firm-1: connected already\nSubscription:\n.* is right: /,
    )
    expect(await world.apiSecret()).toEqual(before)
    expect(world.fake.subscriptions).toEqual([made])
    expect(world.fake.requests.slice(calls).filter(({ method }) => method === 'PUT')).toEqual([])
  })

  it('says what is missing at each step, and goes on from there', async (context) => {
    const world = await wholeWorld(context)
    const region = await world.run(['connect', '--api-url', world.fake.url])
    expect(region).toMatchObject({
      code: 1,
      stderr: 'Say where your app is registered: --region us|au|uk and --environment production|staging\n',
    })
    const secrets = await world.run(['connect', ...world.place])
    expect(secrets.code).toBe(1)
    expect(secrets.stderr).toMatch(
      /no terminal to ask for client-id, client-secret, api-key: give them on stdin/,
    )
    expect(await world.apiSecret()).toEqual({ requestIdKey: 'the-id-key' })
    const account = await world.run(['connect', ...world.place], { stdin: world.lines })
    expect(account).toMatchObject({
      code: 1,
      stderr:
        'Say which account to connect: npx smokeball-webhooks connect --account ACCOUNT_ID --stage prod\n',
    })
    world.fake.fail(1, { status: 400 }, { path: '/webhooks', method: 'POST' })
    const subscription = await world.run(['connect', '--account', firm])
    expect(subscription.code).toBe(1)
    expect(subscription.stderr).toMatch(
      /answered 400.*\nMend that, and go on with: npx smokeball-webhooks connect --stage prod\n$/,
    )
    world.fake.fail(1, { status: 400 }, { path: '/webhooks', method: 'POST' })
    const elsewhere = await world.run(['connect', '--url', `${world.local.url}?a&b`, '--system-events'])
    expect(elsewhere.stderr).toMatch(/ connect --system-events --url "http:.*\?a&b" --stage prod\n$/)
    const done = await world.run(['connect'])
    expect(done).toMatchObject({ code: 0, stderr: '' })
    expect(done.stdout).toMatch(
      /Secrets: there already\nAccount: firm-1: connected already\n.*\n.*was created/,
    )
  })

  it('asks for one secret alone when that one is missing, and for all with --replace', async (context) => {
    const world = await connectedWhole(context)
    const { apiKey, ...rest } = await world.apiSecret()
    await world.setSecret('api', rest)
    const one = await world.run(['connect'], { stdin: `api-key=${apiKey}\n` })
    expect(one).toMatchObject({ code: 0, stdout: expect.stringContaining('Secrets: put in api-key\n') })
    const all = await world.run(['connect', '--replace'], { stdin: `api-key=${apiKey}\n` })
    expect(all).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/ask for client-id, client-secret: /),
    })
  })

  it('puts the client id in where only the API has it', async (context) => {
    const world = await connectedWhole(context)
    await world.setSecret('webhook', { signingKey: 'the-signing-key' })
    const { code, stdout } = await world.run(['connect'])
    expect([code, stdout]).toEqual([0, expect.stringContaining('Secrets: put in what was missing')])
    expect((await world.webhookSecret()).clientId).toBe(world.fake.credentials.clientId)
  })

  it('connects by a refresh token, which is stored sealed', async (context) => {
    const world = await wholeWorld(context)
    const token = world.fake.credentials.accounts[0]?.refreshToken ?? ''
    const args = ['connect', ...world.place, '--account', firm, '--refresh-token', '--json']
    const { code, stdout } = await world.run(args, { stdin: `${world.lines}refresh-token=${token}` })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ deployment: 'SmokeballWebhooks', url: world.local.url },
      accounts: [{ accountId: firm, outcome: 'created' }],
      findings: expect.arrayContaining([expect.objectContaining({ isRight: true })]),
    })
    expect(await world.tableText()).not.toContain(token)
    expect(world.fake.requests.map(({ path }) => path)).toContain('/oauth2/token')
  })

  it('connects the system account where handlers want its events', async (context) => {
    const world = await connectedWhole(context, { types: 'matter.updated mattertype.updated' })
    const { code, stdout } = await world.run(['connect', '--system-events'])
    expect([code, stdout]).toEqual([0, expect.stringContaining(`${systemAccountId}: subscription `)])
    expect(
      world.fake.subscriptions.find(({ accountId }) => accountId === systemAccountId)?.eventTypes,
    ).toEqual(['mattertype.updated'])
    const none = await connectedWhole(context)
    const said = await none.run(['connect', '--system-events'])
    expect([said.code, said.stdout]).toEqual([0, expect.stringContaining('no handler asks for any')])
  })
})

describe('connect --local', () => {
  it('goes to the running npm start, whose URL only a Smokeball on this machine can reach', async (context) => {
    const world = await wholeWorld(context)
    await connectAll(world)
    const folder = await mkdtemp(join(tmpdir(), 'webhooks-local-'))
    context.onTestFinished(() => rm(folder, { recursive: true }))
    const env = { LOCAL_STATE_DIR: folder }
    expect(await world.run(['connect', '--local'], { env })).toMatchObject({
      code: 1,
      stderr: 'No local run was found. Start one with: npm start\n',
    })
    vi.stubEnv('LOCAL_STATE_DIR', folder)
    writeRunning(world.local)
    vi.unstubAllEnvs()
    const done = await world.run(['connect', '--local'], { env })
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('Deployment: npm start') })
    expect(world.fake.subscriptions).toMatchObject([{ eventNotificationUrl: world.local.url }])

    const unnamed = await runWebhooks(['accounts', 'list'], { env: { ...world.env, ...env } })
    expect(unnamed).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^npm start is running here, .*-webhooks accounts list --local, or .* --stage prod\n$/,
      ),
    })
    expect(await world.run(['accounts', 'list', '--local'], { env })).toMatchObject({ code: 0 })
    expect(await world.run(['accounts', 'list', '--stage', 'prod'], { env })).toMatchObject({ code: 0 })

    const { apiUrl: _, ...real } = await world.apiSecret()
    await world.setSecret('api', real)
    for (const command of ['connect', 'subscriptions ensure', 'subscriptions create'])
      expect(await world.run([...command.split(' '), '--local'], { env })).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /^Smokeball cannot reach http:\/\/127.0.0.1:\d+.*connect --url https:.* --local\n$/,
        ),
      })
  })
})
