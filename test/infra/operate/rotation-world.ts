import { randomBytes, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, expect, type TestContext } from 'vitest'
import { processEvent } from '../../../functions/consumer/process-event.ts'
import type { DeliveryQueues } from '../../../functions/receiver/delivery-queues.ts'
import { type Received, receiveDelivery } from '../../../functions/receiver/receive-delivery.ts'
import { webhookSecrets } from '../../../functions/receiver/webhook-secrets.ts'
import { nextFor } from '../../../infra/cli/commands/command.ts'
import { startFakeSmokeball } from '../../../infra/fake-smokeball/start-fake-smokeball.ts'
import { close, listen } from '../../../infra/http/listen.ts'
import { type Engines, startEngines } from '../../../infra/local/engines/engines.ts'
import { type RotateDeps, rotateKey } from '../../../infra/operate/keys/rotate-key.ts'
import { updateSecret } from '../../../infra/operate/keys/update-secret.ts'
import { tableName } from '../../../infra/operate/local-account.ts'
import { dateToTicks } from '../../../shared/event/ticks.ts'
import { dynamodbLedger } from '../../../shared/ledger/dynamodb-ledger.ts'
import { retentionOf } from '../../../shared/ledger/retention.ts'
import { packMessage } from '../../../shared/queue/message.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { keptSecret, readSecret } from '../../../shared/runtime/kept-secret.ts'
import { timeLimitOf } from '../../../shared/runtime/time-limit.ts'
import { sign } from '../../../shared/signing/signature.ts'
import { accounts as accountRegistry } from '../../../shared/smokeball-api/accounts.ts'
import { accountAccess } from '../../../shared/smokeball-api/smokeball-access.ts'
import { keepSubscription } from '../../../shared/subscriptions/keep-subscription.ts'
import { apiSecretFor } from '../../beside-fake.ts'
import { withoutLater } from '../../without-later.ts'
import { withoutSmokeball } from '../../without-smokeball.ts'

export const secretId = 'webhook'
export const oldKey = 'the key before'
const { signal } = new AbortController()
const limit = { signalEpochMs: Number.MAX_SAFE_INTEGER, signal }

/** Those of the file that imports this. */
export let engines: Engines
beforeAll(async () => {
  engines = await startEngines({ consumerTimeoutMs: 30_000 })
})
afterAll(() => engines.stop())

/** Ends the command, as SIGKILL does: no call after it has an effect. */
class Killed extends Error {}

/**
 * A firm whose deliveries never stop: one after each call that the command makes, and one in each second that it waits.
 * Two receivers answer in turn; each keeps the secret as a running one does.
 */
export async function rotationWorld(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  accounts = [`firm-${randomUUID()}`],
) {
  let epochMs = Date.UTC(2026, 10, 25)
  const now = () => epochMs
  const never: Clock = { now, after: () => () => {} }
  const fake = await startFakeSmokeball({ rateLimit: 'off', clock: never, accounts, deliveryLimitMs: 60_000 })
  onTestFinished(() => fake.stop())
  const { clientId } = fake.credentials
  const clients = {
    dynamodb: new DynamoDBClient(engines.dynamodbConfig),
    secrets: new SecretsManagerClient({ ...engines.sqsConfig, endpoint: engines.secretsUrl }),
  }
  onTestFinished(() => {
    for (const client of Object.values(clients)) client.destroy()
  })
  const registry = accountRegistry({ client: clients.dynamodb, tableName, now, randomId: randomUUID })
  for (const { accountId } of await registry.list(signal)) await registry.remove(accountId, signal)
  engines.secrets.set(secretId, JSON.stringify({ clientId, signingKey: oldKey }))
  engines.secrets.set('api', JSON.stringify({ requestIdKey: 'k', ...apiSecretFor(fake), actsFor: 'many' }))

  const received: Received[] = []
  const { url, receive } = await receivers({ onTestFinished }, { now, clients, received })
  let sent = 0
  const traffic = async () => {
    for (const accountId of accounts)
      fake.emit({ accountId, type: 'matter.updated', payload: { id: `matter-${++sent}` } })
    await fake.settled()
  }

  let calls = 0
  let killAfter = Number.POSITIVE_INFINITY
  const counted = async <T>(call: () => Promise<T>): Promise<T> => {
    if (calls >= killAfter) throw new Killed()
    const answer = await call()
    calls += 1
    if (calls >= killAfter) throw new Killed()
    await traffic()
    return answer
  }
  const wrapped = <C extends { send(...args: never[]): Promise<unknown> }>(client: C): C =>
    ({ send: (...args: never[]) => counted(() => client.send(...args)) }) as unknown as C
  const waiting: Clock = {
    now,
    after(ms, callback) {
      const wait = async () => {
        for (let left = ms; left > 0; left -= 1_000) {
          epochMs += Math.min(left, 1_000)
          await traffic()
        }
        callback()
      }
      void wait()
      return () => {}
    },
  }
  /** Waits for a place in the rate limit; but no call takes so long that its time is over. */
  const calling: Clock = { now, after: (ms, callback) => (ms < 10_000 ? waiting : never).after(ms, callback) }
  const dynamodb = wrapped(clients.dynamodb)
  const secrets = wrapped(clients.secrets)
  const kept = (id: string) => keptSecret({ now, read: () => readSecret(secrets, id, signal) })
  const deps = (): RotateDeps => ({
    dynamodb,
    tableName,
    clock: waiting,
    updateSecret: (change) => updateSecret(secrets, secretId, change),
    newKey: () => randomBytes(24).toString('hex'),
    tell: () => {},
    next: (words) => nextFor({}, words),
    keep: {
      access: accountAccess({
        dynamodb,
        tableName,
        secret: kept('api'),
        clock: calling,
        random: () => 0,
        secureBytes: randomBytes,
        fetch: (to, init) => counted(() => fetch(to, init)),
      }),
      clock: waiting,
      webhookSecret: { kept: kept(secretId), id: secretId },
      callbackUrl: url,
      subscriptionName: 'test',
      patterns: ['matter.updated'],
    },
  })
  for (const accountId of accounts) {
    await registry.add(accountId, signal)
    await keepSubscription(deps().keep, accountId, limit)
  }
  return {
    fake,
    accounts,
    received,
    receive,
    traffic,
    secret: async () => JSON.parse((await readSecret(clients.secrets, secretId, signal)) ?? ''),
    pass: (ms: number) => {
      epochMs += ms
    },
    /** Runs the command; `killAfter`: its call after which it is killed. Returns how many it made. */
    async rotate(after = Number.POSITIVE_INFINITY) {
      ;[calls, killAfter] = [0, after]
      try {
        const rotation = await rotateKey(deps(), { limit, noopTimeoutMs: 5_000 })
        return { calls, rotation }
      } finally {
        ;[calls, killAfter] = [0, Number.POSITIVE_INFINITY]
      }
    },
    refused: () => received.filter(({ outcome }) => outcome !== 'accepted'),
    /** What each receiver makes of a delivery that is signed with this key. */
    async accepts(key: string) {
      const timestamp = dateToTicks(new Date(now())).toString()
      const body = JSON.stringify({ accountId: 'a', type: 'noop', payload: null, timestamp: 1 }).replace(
        '1}',
        `${timestamp}}`,
      )
      const signature = sign({ timestamp, requestId: 'r', clientId }, key)
      const headers = { timestamp, requestid: 'r', signature }
      const both = await Promise.all([
        receive(headers, Buffer.from(body)),
        receive(headers, Buffer.from(body)),
      ])
      return both.map(({ outcome }) => outcome === 'accepted')
    },
  }
}

/** Two receivers, whose queue is a consumer that takes each message at once. */
async function receivers(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  {
    now,
    clients,
    received,
  }: { now(): number; clients: Record<'dynamodb' | 'secrets', unknown>; received: Received[] },
) {
  const consumer = {
    ...withoutSmokeball,
    ...withoutLater,
    handlers: [],
    random: () => 0,
    log: () => {},
    describe: String,
    maxAttempts: 5,
    ledger: dynamodbLedger({
      client: clients.dynamodb as DynamoDBClient,
      tableName,
      now,
      randomId: randomUUID,
      retention: retentionOf({ events: 30, ledgers: 400 }),
    }),
    deadLetters: { send: async () => {} },
    clock: { now, after: () => () => {} },
    readSecrets: async () => new Map(),
    whyTurnedAway: async () => undefined,
    isOwn: async () => false,
  }
  const queues: DeliveryQueues = {
    async enqueue(delivery, { envelope, text }) {
      if (envelope.type !== 'noop') return 'queue'
      const message = packMessage(delivery.bytes, delivery, text)
      if (!message) throw new Error('too large')
      const limits = timeLimitOf(now(), 30_000, signal)
      const receivedMessage = {
        ...message,
        messageId: 'm',
        receiptHandle: 'r',
        groupId: 'g',
        receiveCount: 1,
        isDelayed: false,
      }
      await processEvent(consumer, receivedMessage, limits)
      return 'queue'
    },
    quarantine: async () => 'queue',
  }
  const each = Array.from({ length: 2 }, () => ({
    toleranceMs: 300_000,
    queues,
    secrets: webhookSecrets({
      secretId,
      now,
      read: () => readSecret(clients.secrets as SecretsManagerClient, secretId, signal),
    }),
  }))
  let turn = 0
  const receive = (headers: Record<string, string | undefined>, bytes: Buffer) => {
    const deps = each[turn++ % 2]
    if (!deps) throw new Error('no receiver')
    return receiveDelivery(deps, {
      headers,
      bytes,
      receivedEpochMs: now(),
      answerByEpochMs: now() + 7_000,
      signal,
    })
  }
  const server = createServer(async (request, response) => {
    const result = await receive(request.headers as Record<string, string>, await buffer(request))
    received.push(result)
    response.writeHead(result.outcome === 'accepted' ? 200 : 401).end()
  })
  const url = await listen(server)
  onTestFinished(() => close(server))
  return { url, receive }
}

/** Kills a rotation after one call after another, `every` calls apart, and runs it again. */
export async function refusesNothingWhenKilled(
  context: Pick<TestContext, 'onTestFinished'>,
  { every }: { every: number },
): Promise<void> {
  const { calls } = await (await rotationWorld(context)).rotate()
  expect(calls).toBeGreaterThan(25)
  for (let after = 1; after < calls; after += every) {
    const { rotate, traffic, secret, fake, refused, received, pass } = await rotationWorld(context)
    await expect(rotate(after), `killed after call ${after}`).rejects.toThrow()
    await traffic()
    // Whoever runs it again takes a while; what it held is free by then.
    pass(61_000)
    await traffic()
    await rotate()
    await traffic()
    const { signingKey, previousSigningKeys } = await secret()
    expect(
      fake.subscriptions.map(({ key }) => key),
      `killed after call ${after}`,
    ).toEqual([signingKey])
    expect(previousSigningKeys, `killed after call ${after}`).toEqual(
      expect.arrayContaining([{ key: oldKey, until: expect.any(String) }]),
    )
    expect(refused(), `killed after call ${after}`).toEqual([])
    expect(received.length).toBeGreaterThan(20)
  }
}
