import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest'
import { nextFor } from '../../../infra/cli/commands/command.ts'
import { deployReport } from '../../../infra/cli/commands/deploy/report.ts'
import { close, listen } from '../../../infra/http/listen.ts'
import { type Deployment, deploymentOf, keepDepsOf } from '../../../infra/operate/deployment.ts'
import { diagnosisOf } from '../../../infra/operate/diagnosis/diagnosis.ts'
import { checkFormerDomains } from '../../../infra/operate/former-domains.ts'
import { awsOf } from '../../../infra/operate/running-file.ts'
import type { CommandWords } from '../../../shared/runtime/command-line.ts'
import { receiverHeader, receiverId } from '../../../shared/runtime/receiver-id.ts'
import { timeLimitOf } from '../../../shared/runtime/time-limit.ts'
import { keepSubscription } from '../../../shared/subscriptions/keep-subscription.ts'
import { callerOf } from '../fake-smokeball/fake-smokeball-started.ts'
import { connectAll, connectedWorld, firm, type WholeWorld, wholeWorld } from './deployed-world.ts'

vi.mock(import('../../../shared/smokeball-api/token-bucket.ts'), () => import('./no-pace.ts'))

const { signal } = new AbortController()
const target = 'd-abc123.execute-api.eu-west-1.amazonaws.com'
const nowhere = 'https://hooks.firm.invalid/smokeball'

const unauthorized = '{"message":"Unauthorized"}'

/** Something that answers at the domain. With the queue of a deployment, it answers as that one's receiver does. */
async function answering(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  { status = 401, body = unauthorized, queueUrl = '' },
): Promise<string> {
  const headers = queueUrl === '' ? {} : { [receiverHeader]: receiverId(queueUrl) }
  const server = createServer((_, response) => response.writeHead(status, headers).end(body))
  const url = await listen(server, 0)
  onTestFinished(() => close(server))
  return `${url}/smokeball`
}

describe('doctor, for a deployment with a domain', () => {
  const stops: (() => unknown)[] = []
  let world: WholeWorld
  beforeAll(async () => {
    world = await wholeWorld({ onTestFinished: (stop: () => unknown) => void stops.push(stop) } as never)
    await connectAll(world)
    const deployment = of({})
    await keepSubscription(keepDepsOf(deployment), firm, timeLimitOf(Date.now(), 60_000, signal))
  })
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop()
  })

  /** The deployment of the local run, as if it had these outputs besides. */
  function of(more: Partial<Deployment['outputs']>): Deployment {
    const { local } = world
    const made = deploymentOf({ outputs: { ...local.outputs, ...more }, aws: awsOf(local) })
    stops.push(made.destroy)
    return { ...made, name: 'SmokeballWebhooks', isLocal: false }
  }

  async function look(domain: string, targets: string | undefined) {
    const { url } = world.local
    const outputs = { CallbackUrl: domain, OwnUrls: `${url} ${domain}` }
    const deployment = of({ ...outputs, ...(targets && { DomainTargets: targets }) })
    const next = (words: string | CommandWords) => nextFor({ stage: 'prod' }, words)
    const findings = await diagnosisOf(deployment, { timeoutMs: 10_000, next })
    return findings.filter(({ isRight, fix }) => !isRight || fix !== undefined)
  }
  const waits = {
    ...{ check: `subscription, account ${firm}`, isRight: true },
    said: expect.stringMatching(/ has the URL http:\/\/127\.0\.0\.1:\d+\/smokeball, and not yet http/),
    fix: 'It is moved once that one is answered. Until then its events come as before.',
  }
  const wrong = (said: RegExp, fix: RegExp) => ({
    ...{ check: 'callback URL', isRight: false },
    ...{ said: expect.stringMatching(said), fix: expect.stringMatching(fix) },
  })

  it('says which DNS record is not set', async () => {
    expect(await look(nowhere, `hooks.firm.invalid=${target}`)).toEqual([
      wrong(
        /the DNS has no address of hooks\.firm\.invalid \((ENOTFOUND|EAI_AGAIN)\)$/,
        new RegExp(`^Set the DNS record of hooks\\.firm\\.invalid, .*: CNAME ${target}$`),
      ),
      waits,
    ])
  })

  it('says what to look at where the stack has set the record', async () => {
    expect(await look(nowhere, undefined)).toEqual([
      wrong(/no address/, /the record that the stack has set in the hosted zone, .* name servers/),
      waits,
    ])
  })

  it('says that the certificate is wrong', async (context) => {
    const url = (await answering(context, {})).replace('http:', 'https:')
    expect(await look(url, `127.0.0.1=${target}`)).toEqual([
      wrong(
        /is not answered with a valid certificate of 127\.0\.0\.1 \(\w+\)$/,
        new RegExp(`CNAME ${target}, and that the certificate of .certificateArn. is issued, .* covers 127`),
      ),
      waits,
    ])
  })

  it.for([
    [404, 'x', /answered 404 to a delivery without a signature, and not 401$/],
    [401, 'x', /answered 401 to a delivery without a signature, but not as a receiver does$/],
    [401, unauthorized, /answered 401 to a delivery without a signature, but not as a receiver does$/],
  ] as const)('says that somebody else answers %i %s', async ([status, body, said], context) => {
    const url = await answering(context, { status, body })
    expect(await look(url, `127.0.0.1=${target}`)).toEqual([
      wrong(said, new RegExp(`^Something else answers there\\. See that 127.0.0.1 has .* CNAME ${target}`)),
      waits,
    ])
  })

  it("says that it leads to another deployment's receiver, and does not move there", async (context) => {
    const url = await answering(context, { queueUrl: 'https://sqs.eu-west-2.amazonaws.com/1/other.fifo' })
    expect(await look(url, `127.0.0.1=${target}`)).toEqual([
      wrong(
        /is answered by the receiver of another deployment$/,
        new RegExp(`^See that 127\\.0\\.0\\.1 has .* CNAME ${target}\\. A stack in another region may have`),
      ),
      waits,
    ])
  })

  it('says that nobody answers, and where to look when it is the receiver', async (context) => {
    expect(await look('http://127.0.0.1:9/smokeball', `127.0.0.1=${target}`)).toEqual([
      wrong(/:9\/smokeball is not answered \(/, new RegExp(`^See that 127.0.0.1 has .* CNAME ${target}`)),
      waits,
    ])
    expect(await look(await answering(context, { status: 503 }), undefined)).toEqual([
      wrong(/answered 503/, /^See the log of the receiver/),
      waits,
    ])
  })

  it('says what is still to be moved, and that its events come', async (context) => {
    const url = await answering(context, { queueUrl: world.local.outputs.EventQueueUrl })
    expect(await look(url, undefined)).toEqual([
      {
        ...waits,
        fix: `The keeper moves it when it next looks. To move it now: npx smokeball-webhooks subscriptions ensure --account ${firm} --stage prod`,
      },
    ])
  })
})

describe('the commands, for a deployment with a domain', () => {
  const apiUrl = 'https://x.example/smokeball'

  it('wait with the move until the domain answers, and then know the subscriptions of all URLs as theirs', async (context) => {
    const all = { OwnUrls: `${apiUrl} ${nowhere}`, DomainTargets: `hooks.firm.invalid=${target}` }
    const world = await connectedWorld(context, { url: nowhere, outputs: all })
    const domain = await answering(context, { queueUrl: world.outputs.EventQueueUrl })
    world.outputs.OwnUrls += ` ${domain}`
    const silent = await world.run(['subscriptions', 'ensure'])
    expect(silent.stderr).toMatch(
      /firm-1: https:\/\/hooks\.firm\.invalid\/smokeball is not answered \(no-address: .*the URL https:\/\/x\.example\/smokeball; then the keeper moves it\. What to do: npx smokeball-webhooks doctor --stage prod/,
    )
    const [made] = world.fake.subscriptions
    expect(made?.eventNotificationUrl).toBe(apiUrl)
    const { stdout } = await world.run(['subscriptions', 'list'])
    expect(stdout).toContain(`* ${made?.id}  ${apiUrl}`)
    const create = await world.run(['subscriptions', 'create'])
    expect([create.code, create.stderr]).toEqual([1, expect.stringContaining(`of ${apiUrl} already`)])
    world.outputs.CallbackUrl = domain
    const moved = await world.run(['subscriptions', 'ensure'])
    expect(moved.stdout).toContain(`was updated (its URL was ${apiUrl})`)
    expect(world.fake.subscriptions).toMatchObject([{ id: made?.id, eventNotificationUrl: domain }])
    await callerOf(world.fake, world.fake.credentials)('POST', '/webhooks', {
      ...{ key: 'the-signing-key', name: 'mine', eventTypes: ['noop'], eventNotificationUrl: apiUrl },
    })
    const removed = await world.run(['accounts', 'remove', firm])
    expect([removed.code, world.fake.subscriptions]).toEqual([0, []])
  })
})

describe('the subscription of a domain that leads to another deployment', () => {
  it('is left as it is by `subscriptions ensure`, `rotate-key` and `accounts remove`', async (context) => {
    const theirs = await answering(context, { queueUrl: 'https://sqs.example/their-queue' })
    const outputs = { OwnUrls: `https://x.example/smokeball ${theirs}` }
    const { fake, run, accounts, setSecret } = await connectedWorld(context, { url: theirs, outputs })
    expect(await run(['subscriptions', 'ensure', '--url', theirs])).toMatchObject({ code: 0 })
    const eventTypes = ['matter.updated']
    const body = { key: 'theirs', name: 'theirs', eventTypes, eventNotificationUrl: theirs }
    const id = fake.subscriptions[0]?.id
    await callerOf(fake, fake.credentials)('PUT', `/webhooks/${id}`, body)
    expect(fake.subscriptions).toMatchObject([{ id, ...body }])
    const ensured = await run(['subscriptions', 'ensure'])
    expect([ensured.code, ensured.stderr]).toEqual([
      1,
      expect.stringMatching(/leads to the receiver of another deployment.*doctor --stage prod/),
    ])
    // A rotation that is under way for so long that nobody has to wait for receivers.
    await setSecret('webhook', {
      ...{ clientId: 'c', signingKey: 'next-key', signingKeySince: '2026-01-01T00:00:00Z' },
      previousSigningKeys: [{ key: 'the-signing-key' }],
    })
    const rotated = await run(['rotate-key'])
    expect([rotated.code, rotated.stderr]).toEqual([
      1,
      expect.stringMatching(/could not be given the new key: .*another deployment.*Both keys stay good/),
    ])
    expect(fake.subscriptions).toMatchObject([{ id, ...body }])
    const removed = await run(['accounts', 'remove', firm])
    expect([removed.code, removed.stdout, removed.stderr]).toEqual([
      ...[0, 'Forgotten.\n'],
      expect.stringMatching(new RegExp(`Subscription ${id} stays: .*another deployment`)),
    ])
    expect(fake.subscriptions).toMatchObject([{ id, ...body }])
    expect(await accounts.list(signal)).toEqual([])
  })
})

describe('subscriptions create', () => {
  it('makes none of a domain that does not answer, unless it is named', async (context) => {
    const outputs = { OwnUrls: `https://x.example/smokeball ${nowhere}` }
    const { run, fake } = await connectedWorld(context, { url: nowhere, outputs })
    const refused = await run(['subscriptions', 'create'])
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(
        /Deliveries to https:\/\/hooks\.firm\.invalid\/smokeball would be lost: .*\(no-address: E\w+\)\. What to do: .*doctor --stage prod\. .*subscriptions ensure --stage prod/,
      ),
    ])
    expect(fake.subscriptions).toEqual([])
    const named = await run(['subscriptions', 'create', '--url', nowhere])
    expect([named.code, fake.subscriptions]).toMatchObject([0, [{ eventNotificationUrl: nowhere }]])
  })
})

describe('npm run deploy', () => {
  const after = {
    CallbackUrl: 'https://hooks.firm.example/smokeball',
    EventTypes: 'contact.*',
    OwnUrls: 'https://a.example/smokeball https://hooks.firm.example/smokeball',
    DomainTargets: `hooks.firm.example=${target}`,
  }
  const before = { CallbackUrl: 'https://a.example/smokeball', EventTypes: 'contact.*' }

  it('ends with the DNS record to set, and with what becomes of the subscriptions', () => {
    const report = deployReport({ stage: 'prod', before, after, hasClientId: true })
    expect(report).toContain(`\n  DNS record    hooks.firm.example CNAME ${target}\n`)
    expect(report).toContain('Set the DNS record of hooks.firm.example, as it is shown above.')
    expect(report).toContain('npx smokeball-webhooks subscriptions ensure --stage prod\n')
    const { DomainTargets: _, ...withZone } = after
    const set = deployReport({ stage: 'prod', before, after: withZone, hasClientId: true })
    expect(set).not.toContain('DNS')
    expect(set).toContain('Next: the subscriptions get the new URL.')
    expect(deployReport({ stage: 'prod', before: after, after, hasClientId: true })).toMatch(/Done\.\n$/)
  })

  const certificateArn = 'arn:aws:acm:eu-west-1:111122223333:certificate/1'
  const stack = { ...after, TableName: 'events' }
  const at = (url: string) => ({
    subscription: { id: 'a', url, eventTypes: [], keyFingerprint: '' },
  })
  const check = (name: string | undefined, urls: string[] | Error, previous: string[] = []) =>
    checkFormerDomains({
      before: stack,
      settings: {
        ...(name && { domain: { name, certificateArn } }),
        previousDomains: previous.map((each) => ({ name: each, certificateArn })),
      },
      async accounts(tableName) {
        expect(tableName).toBe('events')
        if (urls instanceof Error) throw urls
        return urls.map(at)
      },
    })

  it('refuses to end a domain that subscriptions still have, and says how it is done', async () => {
    const refusal =
      /hooks\.firm\.example would stop to answer, and the subscriptions of 2 account\(s\) are still there\. .*`stack\.previousDomains`/
    const urls = [after.CallbackUrl, after.CallbackUrl, before.CallbackUrl]
    for (const name of [undefined, 'other.firm.example'])
      await expect(check(name, urls)).rejects.toThrow(refusal)
  })

  it('takes what loses nothing', async () => {
    const untold = new Error('not asked')
    await check('hooks.firm.example', untold)
    await check('other.firm.example', untold, ['hooks.firm.example'])
    await check(undefined, [before.CallbackUrl])
    for (const none of [{}, before])
      await checkFormerDomains({
        ...{ before: none, settings: undefined },
        accounts: () => Promise.reject(untold),
      })
  })

  it('does not end a domain where nobody can tell who has it', async () => {
    await expect(check(undefined, new Error('AccessDenied'))).rejects.toThrow(
      /could not be told.*Get the permission dynamodb:Query/,
    )
  })
})
