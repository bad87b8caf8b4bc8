import { ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { PermanentFailure } from '#webhooks'
import { nextFor } from '../../../infra/cli/commands/command.ts'
import type { ClientOptions } from '../../../infra/fake-smokeball/clients.ts'
import { startFakeSmokeball } from '../../../infra/fake-smokeball/start-fake-smokeball.ts'
import { type Deployment, deploymentOf, keepDepsOf } from '../../../infra/operate/deployment.ts'
import { type DiagnosisOptions, diagnosisOf } from '../../../infra/operate/diagnosis/diagnosis.ts'
import type { Finding } from '../../../infra/operate/diagnosis/finding.ts'
import { awsOf } from '../../../infra/operate/running-file.ts'
import type { CommandWords } from '../../../shared/runtime/command-line.ts'
import { timeLimitOf } from '../../../shared/runtime/time-limit.ts'
import { type KeepOptions, keepSubscription } from '../../../shared/subscriptions/keep-subscription.ts'
import { callerOf, startedReceiver } from '../fake-smokeball/fake-smokeball-started.ts'
import { connectAll, firm, type WholeWorld, wholeWorld } from './deployed-world.ts'

vi.mock(import('../../../shared/smokeball-api/token-bucket.ts'), () => import('./no-pace.ts'))

const { signal } = new AbortController()
const stops: (() => unknown)[] = []
const all: Finding[] = []
let world: WholeWorld
let deployment: Deployment
let right: { api: Record<string, string>; webhook: Record<string, string> }

beforeAll(async () => {
  world = await wholeWorld({ onTestFinished: (stop: () => unknown) => void stops.push(stop) } as never)
  await connectAll(world)
  const { local } = world
  const { outputs } = local
  deployment = { ...deploymentOf({ outputs, aws: awsOf(local) }), name: 'SmokeballWebhooks', isLocal: false }
  stops.push(deployment.destroy)
  right = { api: await world.apiSecret(), webhook: await world.webhookSecret() }
  await keep()
})
afterAll(async () => {
  for (const stop of stops.toReversed()) await stop()
})
/** What a test has put there goes; the one subscription stays, and is what it should be. */
afterEach(async () => {
  world.fake.rewrite(undefined)
  await world.setSecret('api', right.api)
  await world.setSecret('webhook', right.webhook)
  await world.accounts.add(firm, signal)
  await keep({ url: world.local.url, removeDuplicates: true })
  const others = world.fake.subscriptions.filter((each) => each.eventNotificationUrl !== world.local.url)
  for (const { id } of others) await call('DELETE', `/webhooks/${id}`)
})

const next = (words: string | CommandWords) => nextFor({ stage: 'dev' }, words)
const call = (...args: Parameters<ReturnType<typeof callerOf>>) =>
  callerOf(world.fake, world.fake.credentials)(...args)

function keep(options: KeepOptions = {}) {
  const limit = timeLimitOf(Date.now(), 60_000, signal)
  return keepSubscription(keepDepsOf(deployment), firm, limit, options)
}

async function look(
  options: Partial<DiagnosisOptions> = {},
  of: Partial<Deployment> = {},
): Promise<Finding[]> {
  const findings = await diagnosisOf({ ...deployment, ...of }, { timeoutMs: 10_000, next, ...options })
  all.push(...findings)
  return findings
}

/** What is wrong, and nothing else is. */
async function wrong(...how: Parameters<typeof look>): Promise<Finding[]> {
  return (await look(...how)).filter(({ isRight }) => !isRight)
}

function subscription() {
  const [found] = world.fake.subscriptions
  if (!found) throw new Error('There is none.')
  return found
}

const matching = (said: RegExp, fix: RegExp) => ({
  said: expect.stringMatching(said),
  fix: expect.stringMatching(fix),
})

describe('when all is right', () => {
  it('says so of each check, and has seen a noop handled', async () => {
    const told: Finding[] = []
    const findings = await look({ tell: (finding) => void told.push(finding) })
    expect(findings.map(({ check, isRight, fix }) => [check, isRight, fix])).toEqual(
      [
        ...['secret of deliveries', 'credentials', 'callback URL', 'handling', 'concurrency', 'alarms'],
        ...[`API, account ${firm}`, `subscription, account ${firm}`, `noop, account ${firm}`],
      ].map((check) => [check, true, undefined]),
    )
    expect(told).toEqual(findings)
    expect(findings.at(-1)?.said).toMatch(/^it was sent, verified and taken up within \d+ ms$/)
  })

  it('ends the command with exit code 0, and with 1 and the fix when something is wrong', async () => {
    const { code, stdout } = await world.run(['doctor'])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^(✓ .*\n){9}$/)])
    world.fake.loseSubscriptions(firm)
    const bad = await world.run(['doctor', '--stage', 'dev'])
    expect([bad.code, bad.stdout]).toEqual([
      1,
      expect.stringMatching(
        /\n✗ subscription, account firm-1: there is none .*\n {4}npx smokeball-webhooks subscriptions ensure --account firm-1 --stage dev\n$/,
      ),
    ])
    const json = await world.run(['doctor', '--json'])
    expect(json.code).toBe(1)
    expect(JSON.parse(json.stdout)).toContainEqual({
      check: 'subscription, account firm-1',
      isRight: false,
      said: `there is none for ${world.local.url}`,
      fix: 'npx smokeball-webhooks subscriptions ensure --account firm-1 --stage prod',
    })
  })
})

describe('secrets', () => {
  it('credentials that are missing', async () => {
    await world.setSecret('api', { requestIdKey: 'the-id-key' })
    expect(await wrong()).toEqual([
      {
        ...{ check: 'credentials', isRight: false },
        ...matching(
          /^Smokeball's API cannot be called without credentials: `clientId` is missing; .*\.$/,
          /^npx smokeball-webhooks connect --stage dev$/,
        ),
      },
    ])
  })

  it.for([
    [
      'no client id',
      { signingKey: 'the-signing-key' },
      /`clientId` is missing\.$/,
      /webhooks connect --stage dev$/,
    ],
    [
      'no signing key',
      { clientId: 'c' },
      /`signingKey` is missing or empty\.$/,
      /put-secret-value --secret-id smokeball-webhook/,
    ],
  ] as const)('a secret of deliveries with %s', async ([_, fields, said, fix]) => {
    await world.setSecret('webhook', fields)
    expect(await wrong()).toEqual([{ check: 'secret of deliveries', isRight: false, ...matching(said, fix) }])
  })

  it('two secrets of different clients', async () => {
    await world.setSecret('webhook', { ...right.webhook, clientId: 'another-client' })
    expect(await wrong()).toEqual([
      {
        ...{ check: 'client id', isRight: false },
        ...matching(
          /checked with client another-client, and the API is called as /,
          /secret set client-id --stage dev$/,
        ),
      },
    ])
  })
})

describe('credentials that the API does not take', () => {
  const check = `API, account ${firm}`
  const place =
    /\nIf the app belongs to another region or environment: npx smokeball-webhooks connect --region "us\|au\|uk" --environment "production\|staging" --stage dev$/

  it('a wrong client secret', async () => {
    await world.setSecret('api', { ...right.api, clientSecret: 'not-the-secret' })
    const found = await wrong()
    expect(found).toEqual([
      {
        ...{ check, isRight: false },
        ...matching(
          /gave no access token \(401 invalid_client\)\.$/,
          /client id and client secret are those of us staging: npx smokeball-webhooks secret set --stage dev\n/,
        ),
      },
    ])
    expect(found[0]?.fix).toMatch(place)
  })

  it('a wrong API key', async () => {
    await world.setSecret('api', { ...right.api, apiKey: 'not-the-key' })
    expect(await wrong()).toEqual([
      {
        ...{ check, isRight: false },
        ...matching(
          /answered 403: .*x-api-key.*\.$/,
          /API key and client are those of us staging: .*secret set --stage dev\n/,
        ),
      },
    ])
  })

  it('of another place', async (context) => {
    const elsewhere = await startFakeSmokeball({ accounts: [firm] })
    context.onTestFinished(() => elsewhere.stop())
    await world.setSecret('api', { ...right.api, apiUrl: elsewhere.url, authUrl: elsewhere.url })
    const found = await wrong()
    expect(found).toEqual([
      { check, isRight: false, ...matching(/gave no access token/, /those of us staging/) },
    ])
    expect(found[0]?.fix).toMatch(place)
  })

  it('without the scope webhooks/read', async () => {
    await world.setSecret('api', { ...right.api, ...sameClient({ scopes: ['webhooks/write'] }) })
    expect(await wrong()).toEqual([
      {
        ...{ check, isRight: false },
        ...matching(
          /^GET \/webhooks\/types was answered 403: /,
          /^Check that the app has the scope webhooks\/read /,
        ),
      },
    ])
  })

  it('without the scope webhooks/write', async () => {
    await world.setSecret('api', { ...right.api, ...sameClient({ scopes: ['webhooks/read'] }) })
    expect(await wrong()).toEqual([
      {
        ...{ check: `noop, account ${firm}`, isRight: false },
        ...matching(
          /^POST \/webhooks\/.*\/notify was answered 403: /,
          /^Check that the app has the scope webhooks\/write /,
        ),
      },
    ])
  })

  it('of another account than the one that is connected', async () => {
    await world.accounts.add('firm-2', signal)
    const found = await wrong({ accountId: 'firm-2' })
    await world.accounts.remove('firm-2', signal)
    expect(found).toEqual([
      {
        ...{ check: 'API, account firm-2', isRight: false },
        ...matching(
          /are those of account firm-1, and not of firm-2\.$/,
          /connect --acts-for many --stage dev$/,
        ),
      },
    ])
  })

  /** Another secret and key of the client. */
  function sameClient(options: ClientOptions) {
    const { clientId } = world.fake.credentials
    const { clientSecret, apiKey } = world.fake.addClient({ accounts: [firm], ...options, clientId })
    return { clientSecret, apiKey }
  }
})

describe('a callback URL', () => {
  const check = 'callback URL'
  /** It has a subscription of its own, so that nothing but the URL is wrong. */
  async function wrongAt(url: string) {
    await keep({ url })
    return wrong()
  }

  it('that is not answered', async () => {
    expect(await wrongAt('http://127.0.0.1:9/smokeball')).toEqual([
      { check, isRight: false, ...matching(/:9\/smokeball is not answered \(/, /^Deploy: npm run deploy/) },
    ])
  })

  it.for([
    [404, /It is not the URL of the receiver, http/],
    [301, /It is not the URL of the receiver, http/],
    [200, /aws logs tail .*ReceiverLogGroup/],
    [503, /aws logs tail .*ReceiverLogGroup/],
  ] as const)('that answers %i', async ([status, fix], context) => {
    const { url } = await startedReceiver(context, () => status)
    expect(await wrongAt(url)).toEqual([
      {
        ...{ check, isRight: false },
        ...matching(new RegExp(`answered ${status} to a delivery without a signature, and not 401$`), fix),
      },
    ])
  })

  it('of a local run is told as such', async () => {
    await keep({ url: 'http://127.0.0.1:9/smokeball' })
    const [found] = await wrong({}, { isLocal: true })
    expect(found?.fix).toMatch(/^Start it: npm start\./)
  })
})

describe('a subscription', () => {
  const check = `subscription, account ${firm}`
  const ensure = new RegExp(`^npx smokeball-webhooks subscriptions ensure --account ${firm} --stage dev`)

  it('that is gone', async () => {
    world.fake.loseSubscriptions(firm)
    expect(await wrong()).toEqual([{ check, isRight: false, ...matching(/^there is none for http/, ensure) }])
  })

  it('that lacks a type', async () => {
    const { id, name, eventNotificationUrl, key } = subscription()
    const body = { name, eventNotificationUrl, key: key ?? '', eventTypes: ['contact.created'] }
    await call('PUT', `/webhooks/${id}`, body)
    expect(await wrong()).toEqual([
      {
        ...{ check, isRight: false },
        ...matching(/^it lacks contact\.deleted, .*matter\.updated, which handlers want$/, ensure),
      },
    ])
  })

  it('that was not given the current key', async () => {
    const { clientId } = right.webhook
    await world.setSecret('webhook', {
      ...{ clientId, signingKey: 'a-new-key', previousSigningKeys: ['the-signing-key'] },
    })
    expect(await wrong()).toEqual([
      { check, isRight: false, ...matching(/was not given the signing key [\da-f]{8}$/, ensure) },
    ])
  })

  it('that somebody else has made, with a key that nobody knows', async () => {
    const { id, name, eventNotificationUrl, eventTypes } = subscription()
    await call('DELETE', `/webhooks/${id}`)
    await call('POST', '/webhooks', {
      key: 'the-signing-key',
      name,
      eventNotificationUrl,
      eventTypes: [...eventTypes],
    })
    expect(await wrong()).toEqual([
      { check, isRight: false, ...matching(/was not given the signing key/, ensure) },
    ])
  })

  it('beside another one of the URL', async () => {
    const { name, eventNotificationUrl, eventTypes } = subscription()
    await call('POST', '/webhooks', {
      key: 'the-signing-key',
      name,
      eventNotificationUrl,
      eventTypes: [...eventTypes],
    })
    expect(await wrong()).toEqual([
      {
        ...{ check, isRight: false },
        ...matching(
          /^1 more of the same URL, so each event is delivered 2 times$/,
          /ensure .*--remove-duplicates --stage dev$/,
        ),
      },
    ])
  })

  it('for handlers that ask for what is not on offer', async () => {
    const EventTypes = 'bogus.* contact.* matter.updated'
    expect(await wrong({}, { outputs: { ...deployment.outputs, EventTypes } })).toEqual([
      {
        ...{ check, isRight: false },
        ...matching(/does not offer: bogus\.\*$/, /and deploy\. What it offers: .* types --stage dev$/),
      },
    ])
  })

  it('for handlers that ask for nothing', async () => {
    expect(await wrong({}, { outputs: { ...deployment.outputs, EventTypes: '-' } })).toEqual([
      { check, isRight: false, ...matching(/ask for no event type for account firm-1\.$/, /^Add a handler/) },
    ])
  })
})

it('handling that is paused', async () => {
  const { EventSourceMappings = [] } = await deployment.lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: 'consumer' }),
  )
  const { UUID } = EventSourceMappings[0] ?? {}
  const set = (Enabled: boolean) =>
    deployment.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }))
  await set(false)
  try {
    expect(await wrong()).toEqual([
      {
        ...{ check: 'handling', isRight: false },
        ...matching(/^handling is paused: /, /^Resume it: npx smokeball-webhooks resume --stage dev$/),
      },
    ])
  } finally {
    await set(true)
  }
})

describe('a noop', () => {
  const check = `noop, account ${firm}`

  it('that never comes', async () => {
    world.fake.rewrite(({ type, ...delivery }) => (type === 'noop' ? undefined : { type, ...delivery }))
    expect(await wrong({ timeoutMs: 500 })).toEqual([
      {
        ...{ check, isRight: false },
        ...matching(/none was handled within 0\.5 s$/, /\nNot there: .* doctor --timeout 300 --stage dev$/),
      },
    ])
  })

  it('that is refused, since somebody has given the subscription another key', async () => {
    const { id, name, eventNotificationUrl, eventTypes } = subscription()
    const put = (key: string) =>
      call('PUT', `/webhooks/${id}`, { key, name, eventNotificationUrl, eventTypes: [...eventTypes] })
    await put('of-somebody-else')
    const found = await wrong({ timeoutMs: 500 })
    // Nobody but Smokeball knows of it.
    await put('the-signing-key')
    expect(found).toEqual([
      {
        ...{ check, isRight: false },
        ...matching(
          /none was handled/,
          new RegExp(`bad-signature: .* subscriptions update --account ${firm} --stage dev -- ${id}\n`),
        ),
      },
    ])
  })
})

it('a noop on which a handler fails', async (context) => {
  const handle = () => {
    throw new PermanentFailure('no')
  }
  const failing = await wholeWorld(context, { types: 'matter.updated noop', handle })
  const args = ['connect', ...failing.place, '--account', firm, '--json']
  const { code, stdout } = await failing.run(args, { stdin: failing.lines })
  expect(code).toBe(1)
  const { findings } = JSON.parse(stdout) as { findings: Finding[] }
  expect(findings.filter(({ isRight }) => !isRight)).toEqual([
    {
      ...{ check: `noop, account ${firm}`, isRight: false },
      ...matching(/^it was sent and verified, and then dead-lettered$/, /aws logs tail .*ConsumerLogGroup/),
    },
  ])
})

describe('an account', () => {
  it('that is not connected', async () => {
    expect(await wrong({ accountId: 'firm-9' })).toEqual([
      {
        ...{ check: 'account', isRight: false },
        ...matching(/^account firm-9 is not connected$/, /connect --account firm-9 --stage dev$/),
      },
    ])
  })

  it('of which there is none', async () => {
    await world.accounts.remove(firm, signal)
    expect(await wrong()).toEqual([
      {
        ...{ check: 'account', isRight: false },
        ...matching(/^no account is connected$/, /connect --account ACCOUNT_ID --stage dev$/),
      },
    ])
  })
})

it('no finding tells a secret, or says its advice twice', () => {
  const { clientSecret, apiKey, accounts } = world.fake.credentials
  const ours = [
    right.api.tokenKey,
    'the-signing-key',
    'the-id-key',
    'a-new-key',
    'not-the-secret',
    'not-the-key',
  ]
  const secrets = [clientSecret, apiKey, ...accounts.map(({ refreshToken }) => refreshToken), ...ours]
  expect(all.length).toBeGreaterThan(100)
  for (const secret of secrets) expect(JSON.stringify(all)).not.toContain(secret)
  for (const { said } of all) expect(said).not.toMatch(/npm run|aws |Check that|Try again/)
})
