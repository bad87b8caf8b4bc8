import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { constants, Script } from 'node:vm'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { messageGroupId, resourceKey } from '../../shared/event/event-identity.ts'
import { receiverHeader } from '../../shared/runtime/receiver-id.ts'
import { startStub } from '../bench/stub-aws.ts'
import { canary, eventOf, keyTexts, type SecretState, type Step, secretTexts } from './deliveries.ts'
import { histories } from './delivery-histories.ts'
import { allowedAnswers, deliveredBytes, type Known, placeOf, signedTriples } from './delivery-model.ts'
import { fuzz, fuzzTimeout } from './fuzzing.ts'
import { carriedBytes, type SentMessage, sqsProblems } from './message-model.ts'

interface Sent extends SentMessage {
  queue: 'queue' | 'dead letters'
  groupId: string
  deduplicationId: string
}
interface Answer {
  statusCode: number
  headers: Record<string, string>
  body: string
}

/** Imports as Node itself does: what a test imports goes through the test runner's own bundler. */
const importAsNode: (url: string) => Promise<{ handler: typeof receive }> = new Script(
  '(url) => import(url)',
  {
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  },
).runInThisContext()

let stub: Awaited<ReturnType<typeof startStub>>
let receive: (event: unknown, context: unknown) => Promise<Answer>
const sent: Sent[] = []
const lines: unknown[] = []
/** The receiver's clock stands still but for what passes in a history. It begins at the same time, so that a seed finds the same. */
let nowEpochMs = Date.UTC(2026, 0, 1)
let secretText: string | undefined
let known: Known
const levels = ['info', 'warn', 'error'] as const
const { now } = Date
const print = { info: console.info, warn: console.warn, error: console.error }

beforeAll(async () => {
  stub = await startStub((operation, input) => {
    if (operation === 'GetSecretValue') return secret()
    // The queues alone: the table, where a delivery is put aside, takes none.
    return operation === 'SendMessage' ? take(input) : refusal()
  })
  for (const [name, value] of Object.entries(stub.env)) vi.stubEnv(name, value)
  // No spies: those remember each of a million calls.
  Date.now = () => nowEpochMs
  for (const level of levels) console[level] = (line) => void lines.push(line)
  const bundle = join(process.env.LOCAL_BUNDLES ?? '', 'receiver/index.mjs')
  receive = (await importAsNode(pathToFileURL(bundle).href)).handler
})
afterAll(async () => {
  Date.now = now
  Object.assign(console, print)
  vi.unstubAllEnvs()
  await stub.stop()
})

function secret(): unknown {
  return secretText === undefined
    ? Object.assign(new Error('not found'), { name: 'ResourceNotFoundException' })
    : { Name: 'webhook', SecretString: secretText }
}

function refusal(): Error {
  return Object.assign(new Error('refused'), { name: 'InvalidMessageContents' })
}

function take(input: Record<string, unknown>): unknown {
  const { QueueUrl, MessageBody, MessageAttributes, MessageGroupId, MessageDeduplicationId } = input
  if (!known.queueTakes) return refusal()
  const attributes = Object.entries(MessageAttributes as Record<string, { StringValue: string }>)
  sent.push({
    queue: String(QueueUrl).endsWith('/events.fifo') ? 'queue' : 'dead letters',
    body: String(MessageBody),
    attributes: Object.fromEntries(attributes.map(([name, { StringValue }]) => [name, StringValue])),
    groupId: String(MessageGroupId),
    deduplicationId: String(MessageDeduplicationId),
  })
  return { MessageId: 'm' }
}

describe("the receiver's bundle", { timeout: fuzzTimeout }, () => {
  it('takes what is signed and nothing else, into a queue, and tells nothing of it', async () => {
    const tried = { deliveries: 0, accepted: 0, queued: 0 }
    let running = Promise.resolve()
    const run = async (history: Step[]) => {
      await begin()
      for (const step of history) {
        const given = eventIn(step)
        if (given === undefined) continue
        tried.deliveries++
        await check(given.event)
        tried.accepted += sent.length
        tried.queued += sent.filter(({ queue }) => queue === 'queue').length
      }
    }
    const property = fc.asyncProperty(histories, (history) => {
      running = run(history)
      return running
    })
    await fuzz(property, {
      things: 'deliveries',
      tried: () => tried.deliveries,
      tell: ([history]) => history.map(({ kind }) => kind).join(', '),
    })
    // The time may be over in the midst of a history.
    await running
    process.stdout.write(`${tried.accepted} of them accepted, ${tried.queued} as events\n`)
    // What takes nothing proves little.
    expect(tried.queued + 50).toBeGreaterThan(tried.deliveries / 20)
  })
})

/** The receiver has read a whole secret, later than all that was before. */
async function begin(): Promise<void> {
  nowEpochMs += 600_000
  known = { nowEpochMs, secrets: [], queueTakes: true }
  put('current', Number.NEGATIVE_INFINITY)
  const headers = { timestamp: String(nowTicks()), requestid: '', signature: '0'.repeat(64) }
  await receive({ headers, body: '', isBase64Encoded: false }, context)
}

function put(state: SecretState, sinceEpochMs: number): void {
  secretText = secretTexts[state](nowEpochMs)
  known = { ...known, secrets: [...known.secrets, { state, sinceEpochMs }] }
}

const context = { getRemainingTimeInMillis: () => 8_000 }

function nowTicks(): bigint {
  return BigInt(nowEpochMs) * 10_000n + 621_355_968_000_000_000n
}

/** The event that a step is; undefined for one that only changes what the receiver finds. */
function eventIn(step: Step): { event: unknown } | undefined {
  switch (step.kind) {
    case 'deliver':
      return { event: eventOf(step.delivery, nowTicks()) }
    case 'event':
      return { event: step.event }
    case 'pass':
      nowEpochMs += step.ms
      return undefined
    case 'secret':
      put(step.secret, nowEpochMs)
      return undefined
    case 'queue':
      known = { ...known, queueTakes: step.takes }
      return undefined
  }
}

async function check(event: unknown): Promise<void> {
  sent.length = 0
  lines.length = 0
  known = { ...known, nowEpochMs }
  // It may be changed on the way.
  const given = structuredClone(event)
  try {
    const answer = await receive(event, context)
    checkAnswer(given, answer)
    for (const message of sent) checkMessage(given, message)
    checkLines(given, answer)
  } catch (cause) {
    const facts = { at: nowTicks(), event: given, known, lines, sent }
    throw new Error(shortened(fc.stringify(facts)), { cause })
  }
}

function shortened(text: string): string {
  return text.replaceAll(/(.)\1{30,}/gsu, (run, char) => `${char}{${run.length} times}`).slice(0, 4_000)
}

function checkAnswer(event: unknown, { statusCode, headers }: Answer): void {
  expect(allowedAnswers(event, known)).toContain(statusCode)
  expect(headers).toEqual({
    'content-type': 'application/json',
    ...(statusCode === 401 && { [receiverHeader]: expect.stringMatching(/^[0-9a-f]+$/) }),
    ...(statusCode === 503 && { 'retry-after': '5' }),
  })
  expect(sent).toHaveLength(statusCode === 200 ? 1 : 0)
}

function checkMessage(event: unknown, message: Sent): void {
  const bytes = deliveredBytes(event)
  expect(sqsProblems(message)).toEqual([])
  expect(carriedBytes(message)).toEqual(bytes)
  expect(`${message.groupId} ${message.deduplicationId}`).toMatch(/^[\w-]{1,128} [\w-]{1,128}$/)
  const { place, envelope } = placeOf(bytes, BigInt(message.attributes.sent ?? 0))
  if (place !== 'either') expect(message.queue).toBe(place)
  if (message.queue === 'dead letters') expect(message.attributes.givenUp).toBe('quarantined')
  else if (envelope) {
    const key = resourceKey(envelope.accountId, envelope.resource.kind, envelope.resource.id)
    expect(message.deduplicationId).toBe(envelope.eventId)
    expect(message.groupId).toBe(messageGroupId(key))
    expect(message.attributes.resource).toBe(key)
  }
}

/** One line a delivery, of known fields and bounded; one more tells a fault of ours. */
function checkLines(event: unknown, { statusCode, body }: Answer): void {
  const [line, ...faults] = lines.toReversed() as Record<string, unknown>[]
  const { delivery = '', ...fields } = line ?? {}
  const outcomes: Record<number, string[]> = {
    200: ['accepted', 'quarantined'],
    401: ['refused'],
    503: ['unavailable'],
  }
  expect(outcomes[statusCode]).toContain(delivery)
  expect(['sb', 'type', 'resource', 'event', 'ms', 'key', 'why']).toEqual(
    expect.arrayContaining(Object.keys(fields)),
  )
  expect(Buffer.byteLength(JSON.stringify(line))).toBeLessThanOrEqual(256)
  expect(faults).toHaveLength(statusCode === 503 ? 1 : 0)
  const told = `${JSON.stringify(lines)} ${body}`.toLowerCase()
  const signatures = signedTriples(event).map(({ signature }) => signature.toLowerCase())
  for (const kept of [
    canary,
    ...Object.values(keyTexts),
    ...signatures.filter(({ length }) => length >= 32),
  ]) {
    expect(told).not.toContain(kept)
  }
}
