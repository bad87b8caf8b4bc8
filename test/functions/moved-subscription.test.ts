import { randomBytes } from 'node:crypto'
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it, type TestContext, vi } from 'vitest'
import { CallbackUrlNotAnswered } from '../../functions/keeper/check-domain.ts'
import { keepAccounts } from '../../functions/keeper/keep-accounts.ts'
import type { FakeSmokeball, FakeSmokeballOptions } from '../../infra/fake-smokeball/fake-smokeball.ts'
import { startFakeSmokeball } from '../../infra/fake-smokeball/start-fake-smokeball.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { timeLimitOf } from '../../shared/runtime/time-limit.ts'
import { accountKey } from '../../shared/smokeball-api/account.ts'
import { accountAccess } from '../../shared/smokeball-api/smokeball-access.ts'
import {
  type KeepDeps,
  type KeepOptions,
  keepSubscription,
} from '../../shared/subscriptions/keep-subscription.ts'
import { CallbackUrlOfOther, ownUrlsIn } from '../../shared/subscriptions/own-urls.ts'
import type { UrlProblem } from '../../shared/subscriptions/url-problem.ts'
import { apiSecretFor } from '../beside-fake.ts'
import { callerOf } from '../infra/fake-smokeball/fake-smokeball-started.ts'
import { simulatedDynamodb } from '../simulation/simulated-dynamodb.ts'

vi.mock(import('../../shared/smokeball-api/token-bucket.ts'), () => import('../infra/cli/no-pace.ts'))

const firm = 'firm-1'
const apiUrl = 'https://abc.execute-api.example/smokeball'
const domain = 'https://hooks.firm.example/smokeball'
const former = 'https://old.firm.example/smokeball'
const dead: UrlProblem = { kind: 'no-address', detail: 'ENOTFOUND' }
const ofOther: UrlProblem = { kind: 'other-receiver', detail: '401' }
const never = new AbortController().signal

/** The URLs of a deployment, and what keeps deliveries from arriving at some. */
interface Urls {
  callbackUrl: string
  /** Without, it has no domains. */
  all?: readonly string[]
  problems?: Readonly<Record<string, UrlProblem>>
  signingKey?: string
}

const withDomain: Urls = { callbackUrl: domain, all: [apiUrl, domain] }

/** When a process dies: at its call of this number, before or after that had its effect. */
interface Death {
  atCall: number
  when: 'before' | 'after'
}

/** One firm at a fake Smokeball, and processes that look after it. */
async function world({ onTestFinished }: TestContext, options: FakeSmokeballOptions = {}) {
  const fake = await startFakeSmokeball({ rateLimit: 'off', accounts: [firm], ...options })
  onTestFinished(() => fake.stop())
  const { apply } = simulatedDynamodb({ itemOnFailure: true })
  const secret = JSON.stringify({ ...apiSecretFor(fake), requestIdKey: 'k', actsFor: 'one' })
  let aheadMs = 0
  const clock = { ...systemClock, now: () => Date.now() + aheadMs }
  /** How many subscriptions of own URLs there were after each call. */
  const counts: number[] = []

  function process({ callbackUrl, all = [], problems = {}, signingKey = 'k' }: Urls, death?: Death) {
    const died = Promise.withResolvers<never>()
    let calls = 0
    let isDead = false
    const alive = async <T>(call: () => Promise<T>): Promise<T> => {
      const nth = calls++
      const isLast = nth === death?.atCall
      if (isDead || (isLast && death?.when === 'before')) return die<T>()
      const answer = await call()
      counts.push(own(fake).length)
      return isLast ? die<T>() : answer
    }
    const die = <T>(): Promise<T> => {
      isDead = true
      died.reject(new Error('killed'))
      return new Promise<T>(() => {})
    }
    const deps: KeepDeps = {
      access: accountAccess({
        fetch: ((...args) => alive(() => fetch(...args))) as typeof fetch,
        clock,
        random: () => 0,
        secureBytes: randomBytes,
        dynamodb: { send: (command: unknown) => alive(async () => apply(command)) } as never,
        tableName: 'events',
        secret: { read: async () => secret },
      }),
      clock,
      webhookSecret: {
        kept: { read: async () => JSON.stringify({ clientId: 'c', signingKey }) },
        id: 'webhook',
      },
      callbackUrl,
      ownUrls: ownUrlsIn(all.join(' '), { clock, problemAt: async (url) => problems[url] }),
      subscriptionName: 'the stack',
      patterns: ['matter.updated'],
    }
    const limit = () => timeLimitOf(clock.now(), 300_000, never)
    const alone = <T>(work: Promise<T>) => Promise.race([work, died.promise])
    died.promise.catch(() => {})
    const lines: unknown[] = []
    return {
      deps,
      lines,
      look: (more: KeepOptions = {}) => alone(keepSubscription(deps, firm, limit(), more)),
      run: () =>
        keepAccounts(
          { ...deps, log: (level, line) => void lines.push([level, line]), describe: String },
          limit(),
        ),
    }
  }

  const { access } = process(withDomain).deps
  /** Nothing is known of it but that it is connected. */
  const connect = () =>
    apply(new PutItemCommand({ TableName: 'events', Item: { ...accountKey(firm), added: { N: '1' } } }))
  connect()
  /** A process that has died holds its account for a minute. */
  const pass = () => {
    aheadMs += 61_000
  }
  const urls = () => fake.subscriptions.map(({ eventNotificationUrl }) => eventNotificationUrl)
  return { fake, process, counts, pass, urls, access, connect }
}

/** The firm's subscriptions of URLs at which the deployment is, or was, called. */
function own({ subscriptions }: FakeSmokeball) {
  return subscriptions.filter(({ eventNotificationUrl: url }) => [apiUrl, domain, former].includes(url))
}

describe('a subscription of a deployment that gets a domain', () => {
  it('moves to it, with its id and its name, and stays there', async (context) => {
    const { fake, process, urls } = await world(context)
    const { subscription } = await process({ callbackUrl: apiUrl }).look({ name: 'mine' })
    expect(await process(withDomain).look()).toMatchObject({
      outcome: 'updated',
      differences: [`its URL was ${apiUrl}`],
      subscription: { id: subscription.id, url: domain },
      duplicates: [],
    })
    expect(fake.subscriptions).toMatchObject([{ name: 'mine', key: 'k', eventNotificationUrl: domain }])
    expect(await process(withDomain).look()).toMatchObject({ outcome: 'unchanged' })
    expect(urls()).toEqual([domain])
  })

  it('stays where it is until the domain answers, and a new firm begins there', async (context) => {
    const { process, urls, access } = await world(context)
    const silent = { ...withDomain, problems: { [domain]: dead } }
    expect(await process(silent).look()).toMatchObject({ outcome: 'created', waits: dead })
    expect(await process(silent).look()).toMatchObject({ outcome: 'unchanged', waits: dead })
    expect(urls()).toEqual([apiUrl])
    // Had it been marked as chosen, it would stay there for ever.
    const [account] = await access.accounts.list(never)
    expect(account?.subscription).not.toHaveProperty('isChosenUrl')
    expect(await process(withDomain).look()).toMatchObject({ outcome: 'updated' })
    expect(urls()).toEqual([domain])
  })

  it('is found though nothing is known of it any more, and is no second one', async (context) => {
    const { process, urls, connect } = await world(context)
    await process({ callbackUrl: apiUrl }).look()
    connect()
    expect(await process(withDomain).look()).toMatchObject({ outcome: 'updated', duplicates: [] })
    expect(urls()).toEqual([domain])
  })

  it('brings further ones with it, which are still told, and removed when that is asked for', async (context) => {
    const { process, fake, urls } = await world(context)
    const { subscription } = await process({ callbackUrl: apiUrl }).look()
    const body = { key: 'k', name: 'another', eventTypes: ['contact.updated'], eventNotificationUrl: apiUrl }
    await callerOf(fake, fake.credentials)('POST', '/webhooks', body)
    const moved = await process(withDomain).look()
    const [other] = fake.subscriptions.filter(({ id }) => id !== subscription.id)
    expect(moved).toMatchObject({
      subscription: { id: subscription.id },
      duplicates: [other?.id],
      removed: [],
    })
    expect(other).toMatchObject({ name: 'another', key: 'k', eventTypes: ['contact.updated'] })
    expect(urls()).toEqual([domain, domain])
    expect(await process(withDomain).look({ removeDuplicates: true })).toMatchObject({ removed: [other?.id] })
    expect(urls()).toEqual([domain])
  })

  it('leaves alone what has a URL of somebody else, and one that was chosen', async (context) => {
    const { process, fake, urls } = await world(context)
    const stranger = 'https://other-stage.example/smokeball'
    await callerOf(fake, fake.credentials)('POST', '/webhooks', {
      ...{ key: 'k', name: 'x', eventTypes: ['matter.updated'], eventNotificationUrl: stranger },
    })
    const tunnel = 'https://tunnel.example/smokeball'
    await process({ callbackUrl: apiUrl }).look({ url: tunnel })
    expect(await process(withDomain).look()).toMatchObject({ outcome: 'unchanged' })
    expect(urls()).toEqual([stranger, tunnel])
  })

  it("leaves alone what has the domain while that leads to another deployment's receiver", async (context) => {
    const { process, fake, urls } = await world(context)
    await callerOf(fake, fake.credentials)('POST', '/webhooks', {
      ...{ key: 'theirs', name: 'x', eventTypes: ['matter.updated'], eventNotificationUrl: domain },
    })
    const theirs = { ...withDomain, problems: { [domain]: ofOther } }
    expect(await process(theirs).look()).toMatchObject({ outcome: 'created', waits: ofOther, duplicates: [] })
    expect(await process(theirs).look()).toMatchObject({ outcome: 'unchanged', waits: ofOther })
    expect(urls()).toEqual([domain, apiUrl])
    expect(fake.subscriptions).toMatchObject([{ key: 'theirs', name: 'x' }, { key: 'k' }])
    await process(withDomain).look()
    expect(fake.subscriptions).toMatchObject([{ key: 'k', eventNotificationUrl: domain }])
  })

  it('that has the domain already, since somebody chose it before it was set, goes back when that ends', async (context) => {
    const { process, urls } = await world(context)
    await process({ callbackUrl: apiUrl }).look({ url: domain })
    expect(await process(withDomain).look()).toMatchObject({ outcome: 'unchanged' })
    await process({ callbackUrl: apiUrl, all: [apiUrl, domain] }).look()
    expect(urls()).toEqual([apiUrl])
  })
})

describe('a subscription of a deployment whose domain', () => {
  it.for<[string, Urls, string]>([
    ['ends goes back to the URL of API Gateway', { callbackUrl: apiUrl, all: [apiUrl, domain] }, apiUrl],
    ['has ended at once comes back, too', { callbackUrl: apiUrl }, apiUrl],
    ['is renamed', { callbackUrl: former, all: [apiUrl, former, domain] }, former],
    [
      'is renamed to one that does not answer stays',
      { callbackUrl: former, all: [apiUrl, former, domain], problems: { [former]: dead } },
      domain,
    ],
    [
      'is renamed to one that does not answer, and answers no more, comes to the URL of API Gateway',
      {
        ...{ callbackUrl: former, all: [apiUrl, former, domain] },
        problems: { [former]: dead, [domain]: dead },
      },
      apiUrl,
    ],
    [
      'has ended while the new one does not answer comes to the URL of API Gateway',
      { callbackUrl: former, all: [apiUrl, former], problems: { [former]: dead } },
      apiUrl,
    ],
  ])('%s', async ([, urlsAfter, expected], context) => {
    const { process, urls, counts } = await world(context)
    await process(withDomain).look()
    counts.length = 0
    await process(urlsAfter).look()
    expect(urls()).toEqual([expected])
    expect(Math.min(...counts)).toBe(1)
  })
})

describe('a subscription of a domain that leads to another deployment later', () => {
  const theirs: Urls = { ...withDomain, problems: { [domain]: ofOther } }
  const itsSubscription = { key: 'theirs', name: 'theirs', eventTypes: ['contact.updated', 'matter.updated'] }

  /** The other deployment has taken over the subscription that this one had made. */
  async function taken(context: TestContext) {
    const made = await world(context)
    const { subscription } = await made.process(withDomain).look()
    const body = { ...itsSubscription, eventNotificationUrl: domain }
    const path = `/webhooks/${subscription.id}`
    await callerOf(made.fake, made.fake.credentials)('PUT', path, body)
    expect(made.fake.subscriptions).toMatchObject([itsSubscription])
    return made
  }

  it.for<[string, Urls, KeepOptions]>([
    ['a look', theirs, {}],
    ['a look with a new key', { ...theirs, signingKey: 'new' }, {}],
    [
      'a look that removes duplicates and names types',
      theirs,
      { removeDuplicates: true, patterns: ['noop'] },
    ],
  ])('keeps its key and its types at %s, which fails', async ([, urlsThen, options], context) => {
    const { fake, process, access } = await taken(context)
    const [before] = await access.accounts.list(never)
    const failure = await process(urlsThen)
      .look(options)
      .catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(CallbackUrlOfOther)
    expect(String(failure)).toMatch(
      /hooks\.firm\.example\/smokeball leads to .* another deployment\. .*doctor/,
    )
    expect(fake.subscriptions).toMatchObject([{ ...itsSubscription, eventNotificationUrl: domain }])
    const [after] = await access.accounts.list(never)
    expect(after).toMatchObject({ subscription: before?.subscription, lastCheck: { outcome: 'failed' } })
  })

  it('keeps them in a run of the keeper, which tells of the domain', async (context) => {
    const { fake, process } = await taken(context)
    const { run, lines } = process(theirs)
    await expect(run()).rejects.toThrow(/do not arrive \(other-receiver: 401\)\. .* 1 subscription/)
    expect(lines).toContainEqual(['error', expect.objectContaining({ failure: 'keeper', account: firm })])
    expect(fake.subscriptions).toMatchObject([itsSubscription])
  })

  it('stays there when this deployment goes back to the URL of API Gateway, or to another name', async (context) => {
    for (const callbackUrl of [apiUrl, former]) {
      const { fake, process } = await taken(context)
      const back = { ...theirs, callbackUrl, all: [apiUrl, former, domain] }
      expect(await process(back).look()).toMatchObject({ outcome: 'created', duplicates: [], removed: [] })
      expect(fake.subscriptions).toMatchObject([
        itsSubscription,
        { key: 'k', eventNotificationUrl: callbackUrl },
      ])
      expect(await process(back).look()).toMatchObject({ outcome: 'unchanged' })
    }
  })

  it('is taken again once the domain leads here', async (context) => {
    const { fake, process } = await taken(context)
    await expect(process(theirs).look()).rejects.toThrow(CallbackUrlOfOther)
    await process(withDomain).look()
    expect(fake.subscriptions).toMatchObject([{ eventTypes: ['matter.updated'] }])
    await process({ ...withDomain, signingKey: 'new' }).look()
    expect(fake.subscriptions).toMatchObject([{ key: 'new', eventNotificationUrl: domain }])
  })
})

describe('whoever moves a subscription may die at any call', () => {
  it.for(['changed', 'refused', 'kept'] as const)(
    'and the firm has one all the time, if Smokeball has the URL of one %s',
    async (otherUrl, context) => {
      let deaths = 0
      for (let atCall = 0; ; atCall++) {
        const ends = [await moved('before', atCall), await moved('after', atCall)]
        deaths += ends.filter((end) => end === 'killed').length
        if (!ends.includes('killed')) break
      }
      // It lists what there is, takes the account, asks for a token, the types and the subscriptions, and changes one.
      expect(deaths).toBeGreaterThan(8)

      async function moved(when: Death['when'], atCall: number): Promise<'killed' | 'through'> {
        const { fake, process, counts, pass, urls } = await world(context, { undocumented: { otherUrl } })
        await process({ callbackUrl: apiUrl }).look({ name: 'mine' })
        counts.length = 0
        const end = await process(withDomain, { atCall, when })
          .look()
          .then(
            () => 'through' as const,
            () => 'killed' as const,
          )
        pass()
        expect(own(fake).length).toBeGreaterThan(0)
        await process(withDomain).look()
        expect(Math.min(...counts)).toBeGreaterThan(0)
        expect(urls()).toEqual([domain])
        expect(fake.subscriptions).toMatchObject([{ key: 'k', eventTypes: ['matter.updated'] }])
        expect(await process(withDomain).look()).toMatchObject({ outcome: 'unchanged' })
        return end
      }
    },
  )
})

describe('a run of the keeper', () => {
  it('tells that subscriptions wait for a domain, and is no failure', async (context) => {
    const { process } = await world(context)
    await process({ callbackUrl: apiUrl }).look()
    const { run, lines } = process({ ...withDomain, problems: { [domain]: dead } })
    expect(await run()).toMatchObject({ accounts: [{ outcome: 'unchanged', waits: dead }] })
    const warning = 'callback URL not answered'
    expect(lines).toContainEqual(['warn', { warning, account: firm, url: apiUrl, waits: dead }])
  })

  it('fails, so that it is heard of, when the domain that subscriptions have does not answer', async (context) => {
    const { process, urls } = await world(context)
    await process(withDomain).look()
    const { run } = process({ ...withDomain, problems: { [domain]: dead } })
    const failure = await run().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(CallbackUrlNotAnswered)
    expect(String(failure)).toMatch(
      /Deliveries to https:\/\/hooks\.firm\.example\/smokeball do not arrive \(no-address: ENOTFOUND\)\. .* 1 subscription.*doctor --stage STAGE/,
    )
    expect(urls()).toEqual([domain])
    const busy = { [domain]: { kind: 'other-answer', detail: '429' } as const }
    expect(await process({ ...withDomain, problems: busy }).run()).toMatchObject({ left: 0 })
    expect(await process(withDomain).run()).toMatchObject({ accounts: [{ outcome: 'unchanged' }] })
  })
})
