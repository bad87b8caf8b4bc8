import { randomBytes, randomUUID } from 'node:crypto'
import { DeleteItemCommand, DynamoDBClient, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { type SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { type BringInDeps, bringIn } from '../../functions/keeper/bring-in.ts'
import { type Engines, startEngines } from '../../infra/local/engines/engines.ts'
import { tableName } from '../../infra/operate/local-account.ts'
import type { Item } from '../../shared/ledger/ledger-item.ts'
import { AsideFull, dynamodbAside } from '../../shared/queue/aside.ts'
import { dynamodbAsideStore } from '../../shared/queue/aside-store.ts'
import { sqsDeadLetters } from '../../shared/queue/dead-letters.ts'
import { fetchBody } from '../../shared/queue/fetch-body.ts'
import { packMessage, referringMessage, unpackMessage } from '../../shared/queue/message.ts'
import type { PlacedMessage } from '../../shared/queue/placed-message.ts'
import { BodyGone } from '../../shared/queue/stored-body.ts'
import { takeAll } from './queue-contents.ts'

const { signal } = new AbortController()
const startEpochMs = Date.UTC(2026, 0, 10)
const limit = () => ({ signal, signalEpochMs: nowEpochMs + 60_000 })

let engines: Engines
let dynamodb: DynamoDBClient
let sqs: SQSClient
let nowEpochMs: number
let lines: Record<string, unknown>[]
/** What SQS is to say instead of taking a message, by its deduplication id. */
let faults: Map<string, Error>

beforeAll(async () => {
  engines = await startEngines({ consumerTimeoutMs: 30_000 })
  dynamodb = new DynamoDBClient(engines.dynamodbConfig)
  sqs = new SQSClient(engines.sqsConfig)
})
afterAll(async () => {
  dynamodb.destroy()
  sqs.destroy()
  await engines.stop()
})
beforeEach(() => {
  nowEpochMs = startEpochMs
  lines = []
  faults = new Map()
})
afterEach(async () => {
  faults.clear()
  await bringIn(deps(), limit())
  await takeAll(engines.sqsConfig, engines.queueUrl)
  await takeAll(engines.sqsConfig, engines.deadLetterQueueUrl)
  for (const { pk, sk } of await inTable())
    await dynamodb.send(new DeleteItemCommand({ TableName: tableName, Key: { pk, sk } as Item }))
})

const tableDeps = () => ({ client: dynamodb, tableName, now: () => nowEpochMs, randomId: randomUUID })
const aside = () => dynamodbAside(tableDeps())

const failing = {
  send: async (command: SendMessageCommand, options: object) => {
    const fault = faults.get(command.input.MessageDeduplicationId ?? '')
    if (fault) throw fault
    return sqs.send(command, options)
  },
} as unknown as SQSClient

function deps(): BringInDeps {
  return {
    aside: dynamodbAsideStore(tableDeps()),
    client: failing,
    queueUrls: { events: engines.queueUrl, deadLetters: engines.deadLetterQueueUrl },
    deadLetters: sqsDeadLetters({ client: sqs, queueUrl: engines.deadLetterQueueUrl, randomId: randomUUID }),
    log: (_, line) => void lines.push(line),
    clock: { now: () => nowEpochMs },
    describe: (thrown) => String(thrown),
  }
}

const note = {
  requestId: 'r-1',
  sentTicks: undefined,
  receivedEpochMs: startEpochMs,
  keyFingerprint: '01234567',
}

function placed(text: string, given: Partial<PlacedMessage> = {}): PlacedMessage {
  const message = packMessage(Buffer.from(text), note)
  if (!message) throw new Error('too large')
  return { ...message, queue: 'events', groupId: '3'.repeat(32), deduplicationId: randomUUID(), ...given }
}

const bodies = (taken: { body: string }[]) => taken.map(({ body }) => body)
const inTable = async () => {
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: tableName }))
  return Items.filter(({ pk }) => pk?.S?.startsWith('aside#'))
}

it('brings messages into their queues as they would have come, the oldest of a group first', async () => {
  for (const text of ['one', 'two', 'three']) {
    await aside().put(placed(text, { deduplicationId: `id-${text}` }), signal)
    nowEpochMs += 1
  }
  await aside().put(placed('letter', { queue: 'deadLetters', groupId: 'f'.repeat(32) }), signal)
  nowEpochMs += 60_000
  expect(await bringIn(deps(), limit())).toEqual({ broughtIn: 4, givenUp: 0, left: 0 })
  const taken = await takeAll(engines.sqsConfig, engines.queueUrl)
  expect(bodies(taken)).toEqual(['one', 'two', 'three'])
  expect(taken[0]).toMatchObject({
    attributes: { requestId: 'r-1', received: String(startEpochMs), key: '01234567' },
    groupId: '3'.repeat(32),
    deduplicationId: 'id-one',
  })
  expect(bodies(await takeAll(engines.sqsConfig, engines.deadLetterQueueUrl))).toEqual(['letter'])
  expect(lines).toEqual([{ aside: 0, asideSeconds: 0, broughtIn: 4, givenUp: 0 }])
  expect(await inTable()).toEqual([])
})

it('is one at a time, and another takes over from one that died', async () => {
  await aside().put(placed('one'), signal)
  const store = dynamodbAsideStore(tableDeps())
  expect(await store.lock(nowEpochMs + 10_000, signal)).toBe(true)
  nowEpochMs += 9_000
  expect(await bringIn(deps(), limit())).toMatchObject({ broughtIn: 0, left: 1 })
  expect(lines).toEqual([{ aside: 1, asideSeconds: 9, broughtIn: 0, givenUp: 0 }])
  nowEpochMs += 1_001
  expect(await bringIn(deps(), limit())).toMatchObject({ broughtIn: 1, left: 0 })
})

it('leaves no lock behind where it cannot tell what is left, so that the next try does the work', async () => {
  await aside().put(placed('one'), signal)
  const store = dynamodbAsideStore(tableDeps())
  const survey = () => Promise.reject(new Error('the table fails'))
  await expect(bringIn({ ...deps(), aside: { ...store, survey } }, limit())).rejects.toThrow(
    'the table fails',
  )
  nowEpochMs += 60_000
  await aside().put(placed('two'), signal)
  expect(await bringIn(deps(), limit())).toMatchObject({ broughtIn: 1, left: 0 })
})

it('has the lock though the answer to its write was lost and the SDK repeated it, and frees no other’s', async () => {
  const store = dynamodbAsideStore(tableDeps())
  const untilEpochMs = nowEpochMs + 10_000
  for (const _ of ['the write', 'the same write again'])
    expect(await store.lock(untilEpochMs, signal)).toBe(true)
  expect(await store.lock(untilEpochMs + 1, signal)).toBe(false)
  await store.unlock(untilEpochMs + 1, signal)
  expect(await store.lock(untilEpochMs + 1, signal)).toBe(false)
  await store.unlock(untilEpochMs, signal)
  await store.unlock(untilEpochMs, signal)
  expect(await store.lock(untilEpochMs + 1, signal)).toBe(true)
  await store.unlock(untilEpochMs + 1, signal)
})

it('makes nothing anew of a message that was purged while its queue refused it or took it', async () => {
  const bytes = Buffer.from(randomBytes(350_000).toString('hex'))
  const large = packMessage(bytes, note)
  if (!large) throw new Error('too large')
  await aside().put({ ...placed('-'), ...large }, signal)
  const store = dynamodbAsideStore(tableDeps())
  const [message] = await store.oldest('aside#3', signal)
  if (!message) throw new Error('not put aside')
  for (const { pk, sk } of await inTable())
    await dynamodb.send(new DeleteItemCommand({ TableName: tableName, Key: { pk, sk } as Item }))
  await store.countRefusal(message, signal)
  await store.remove(message, signal)
  expect(await inTable()).toEqual([])
})

it('stops where a queue fails, says for how long the oldest has waited, and goes on in the next run', async () => {
  await aside().put(placed('fails', { deduplicationId: 'fails' }), signal)
  nowEpochMs += 1
  await aside().put(placed('behind it'), signal)
  await aside().put(placed('elsewhere', { groupId: 'a'.repeat(32) }), signal)
  faults.set('fails', Object.assign(new Error('SQS is down'), { name: 'ServiceUnavailable' }))
  nowEpochMs += 299_999
  expect(await bringIn(deps(), limit())).toMatchObject({ broughtIn: 1, left: 2 })
  expect(lines).toEqual([
    { failure: 'bring-in', error: 'ServiceUnavailable: SQS is down' },
    { aside: 2, asideSeconds: 300, broughtIn: 1, givenUp: 0 },
  ])
  faults.clear()
  expect(await bringIn(deps(), limit())).toMatchObject({ broughtIn: 2 })
  const taken = bodies(await takeAll(engines.sqsConfig, engines.queueUrl))
  expect(taken.filter((body) => body !== 'elsewhere')).toEqual(['fails', 'behind it'])
})

it('gives a message up that its queue refuses three times for what it is, and holds up none behind it', async () => {
  await aside().put(placed('bad', { deduplicationId: 'bad' }), signal)
  nowEpochMs += 1
  await aside().put(placed('good'), signal)
  faults.set('bad', Object.assign(new Error('no such character'), { name: 'InvalidMessageContents' }))
  expect(await bringIn(deps(), limit())).toMatchObject({ broughtIn: 1, givenUp: 0 })
  expect(await bringIn(deps(), limit())).toMatchObject({ broughtIn: 0, givenUp: 0 })
  expect(await takeAll(engines.sqsConfig, engines.deadLetterQueueUrl)).toEqual([])
  expect(await bringIn(deps(), limit())).toMatchObject({ broughtIn: 0, givenUp: 1 })
  const [letter] = await takeAll(engines.sqsConfig, engines.deadLetterQueueUrl)
  expect(letter?.attributes.reason).toMatch(/^its queue refused it 3 times: .*no such character/)
  const { body = '', attributes = {} } = letter ?? {}
  expect(unpackMessage({ body, attributes: attributes as Record<string, string> }).text).toBe('bad')
  expect(await inTable()).toEqual([])
})

it('brings in what lies behind more refused messages than one page holds', async () => {
  for (let index = 0; index < 12; index++) {
    const deduplicationId = `bad-${index}`
    faults.set(deduplicationId, Object.assign(new Error('no'), { name: 'InvalidMessageContents' }))
    await aside().put(placed('bad', { deduplicationId }), signal)
    nowEpochMs += 1
  }
  await aside().put(placed('good'), signal)
  expect(await bringIn(deps(), limit())).toEqual({ broughtIn: 1, givenUp: 0, left: 12 })
})

it.each(['text', 'bytes that are no text'])(
  'puts aside %s of more than 300 KB in parts, which stay once it was brought in',
  async (kind) => {
    const bytes = kind === 'text' ? Buffer.from(randomBytes(350_000).toString('hex')) : randomBytes(700_000)
    const message = packMessage(bytes, note)
    if (!message) throw new Error('too large')
    await aside().put({ ...placed('-'), ...message }, signal)
    const parts = (await inTable()).filter(({ sk }) => sk?.S === 'part')
    expect(parts.length).toBeGreaterThan(1)
    const putAt = nowEpochMs
    const keptFrom = (epochMs: number) => parts.map(() => Math.ceil((epochMs + 45 * 86_400_000) / 1000))
    expect(parts.map(({ ttl }) => Number(ttl?.N))).toEqual(keptFrom(putAt))
    nowEpochMs += 3_600_000
    await bringIn(deps(), limit())
    const [taken] = await takeAll(engines.sqsConfig, engines.queueUrl)
    expect(taken?.body).toBe('-')
    const { body = '', attributes = {} } = taken ?? {}
    const whole = await fetchBody(
      tableDeps(),
      { body, attributes: attributes as Record<string, string> },
      signal,
    )
    expect(unpackMessage(whole).text).toBe(bytes.toString('utf8'))
    expect(unpackMessage(whole).note).toEqual(note)
    const kept = await inTable()
    expect(kept.map(({ ttl }) => Number(ttl?.N))).toEqual(keptFrom(nowEpochMs))
  },
)

it('stores a body that no queue takes, and tells when it is gone', async () => {
  const gzipped = randomBytes(4_000_000)
  const stored = await aside().store({ gzipped, resourceKey: 'a-1|contact|c-1' }, signal)
  const message = referringMessage(note, stored)
  const whole = await fetchBody(tableDeps(), message, signal)
  expect(Buffer.from(whole.body, 'base64').equals(gzipped)).toBe(true)
  const { Item } = await dynamodb.send(
    new GetItemCommand({
      TableName: tableName,
      Key: { pk: { S: `aside#${stored.split(' ')[1]}#0` }, sk: { S: 'part' } },
    }),
  )
  expect(Number(Item?.ttl?.N)).toBe(Math.ceil((nowEpochMs + 45 * 86_400_000) / 1000))
  expect(Item?.resource?.S).toBe('a-1|contact|c-1')
  const lost = { ...message, attributes: { ...message.attributes, encoding: `stored ${randomUUID()} 3` } }
  await expect(fetchBody(tableDeps(), lost, signal)).rejects.toBeInstanceOf(BodyGone)
  const odd = { ...message, attributes: { ...message.attributes, encoding: 'stored no parts' } }
  await expect(fetchBody(tableDeps(), odd, signal)).rejects.toThrow('where its body is stored')
})

it('puts aside 20 MB a minute, and no more', async () => {
  const one = aside()
  const store = () => one.store({ gzipped: randomBytes(9_000_000), resourceKey: undefined }, signal)
  await store()
  await store()
  await expect(store()).rejects.toBeInstanceOf(AsideFull)
  nowEpochMs += 60_000
  await store()
})

it('loses nothing and doubles nothing, though it dies after any seventh call', async () => {
  const messages = ['one', 'two', 'three'].map((text, at) =>
    placed(text, { groupId: `${at}`.repeat(32), deduplicationId: randomUUID() }),
  )
  const large = packMessage(randomBytes(700_000), note)
  if (!large) throw new Error('too large')
  let calls = 0
  let isDone = false
  for (let diesAfter = 0; !isDone; diesAfter += 7) {
    const fresh = [...messages, { ...placed('-'), ...large }].map((message) => ({
      ...message,
      deduplicationId: randomUUID(),
    }))
    for (const message of fresh) await aside().put(message, signal)
    calls = 0
    const dying = <T extends object>(client: T) => ({
      async send(command: never, options: never) {
        if (++calls > diesAfter) throw new Error('the function died')
        return (client as { send(...given: unknown[]): unknown }).send(command, options)
      },
    })
    const store = dynamodbAsideStore({ ...tableDeps(), client: dying(dynamodb) as never })
    const dies = { ...deps(), aside: store, client: dying(sqs) as never }
    await bringIn(dies, limit()).catch(() => {})
    isDone = calls <= diesAfter
    // The lock of one that died is over after its time.
    nowEpochMs += 120_000
    await bringIn(deps(), limit())
    const taken = await takeAll(engines.sqsConfig, engines.queueUrl)
    expect(taken.map(({ deduplicationId }) => deduplicationId).sort()).toEqual(
      fresh.map(({ deduplicationId }) => deduplicationId).sort(),
    )
    expect((await inTable()).filter(({ sk }) => sk?.S !== 'part')).toEqual([])
  }
  expect(calls).toBeGreaterThan(30)
})
