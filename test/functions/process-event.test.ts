import { beforeEach, describe, expect, it } from 'vitest'
import { type ProcessDeps, processEvent } from '../../functions/consumer/process-event.ts'
import type { ReceivedMessage } from '../../functions/consumer/sqs-batch.ts'
import { readEnvelope } from '../../shared/event/envelope.ts'
import type { EventKey } from '../../shared/event/event-identity.ts'
import { on } from '../../shared/handling/handler-registry.ts'
import { dynamodbLedger } from '../../shared/ledger/dynamodb-ledger.ts'
import { retentionOf } from '../../shared/ledger/retention.ts'
import type { DelayedEvent } from '../../shared/queue/later.ts'
import { eventAttributes, packMessage } from '../../shared/queue/message.ts'
import { timeLimitOf } from '../../shared/runtime/time-limit.ts'
import { simulatedDynamodb } from '../simulation/simulated-dynamodb.ts'
import { withoutLater } from '../without-later.ts'
import { withoutSmokeball } from '../without-smokeball.ts'

const startEpochMs = Date.UTC(2026, 0, 1)
const { signal } = new AbortController()
const text =
  '{"accountId":"a","subscriptionId":"s","type":"contact.updated","payload":{"id":"c"},"timestamp":5}'
const key: EventKey = readEnvelope(text)

let nowEpochMs: number
let runs: string[]
let delayed: DelayedEvent[]
let deps: ProcessDeps
beforeEach(() => {
  nowEpochMs = startEpochMs
  runs = []
  delayed = []
  let ids = 0
  const { client } = simulatedDynamodb({ itemOnFailure: true })
  const ofTable = { client: client as never, tableName: 'events', now: () => nowEpochMs }
  const retention = retentionOf({ events: 30, ledgers: 400 })
  deps = {
    ...withoutLater,
    ...withoutSmokeball,
    handlers: [
      on('*', { name: 'fails' }, () => {
        runs.push('fails')
        throw new Error('down')
      }),
    ],
    ledger: dynamodbLedger({ ...ofTable, retention, randomId: () => `owner-${++ids}` }),
    later: { ...withoutLater.later, delay: async (event) => void delayed.push(event) },
    randomId: () => `token-${delayed.length + 1}`,
    deadLetters: { send: async () => {} },
    clock: { now: () => nowEpochMs, after: () => () => {} },
    random: () => 1,
    log: () => {},
    describe: String,
    maxAttempts: 3,
    readSecrets: async () => new Map(),
    whyTurnedAway: async () => undefined,
    isOwn: async () => false,
  }
})

function received(given: Partial<ReceivedMessage> = {}): ReceivedMessage {
  const note = { requestId: 'r', sentTicks: undefined, receivedEpochMs: startEpochMs, keyFingerprint: 'k' }
  const packed = packMessage(Buffer.from(text), note)
  if (!packed) throw new Error('never')
  return {
    ...{ messageId: 'm', receiptHandle: 'h', groupId: 'g', receiveCount: 1, isDelayed: false },
    body: packed.body,
    attributes: { ...packed.attributes, ...eventAttributes(readEnvelope(text)) },
    ...given,
  }
}

const process = (message: ReceivedMessage) =>
  processEvent(deps, message, timeLimitOf(nowEpochMs, 30_000, signal))

function broughtBack({ token, dueEpochMs }: DelayedEvent): ReceivedMessage {
  return received({ body: '-', attributes: { ...eventAttributes(key), later: `${token} ${dueEpochMs}` } })
}

describe('the delayed message of an event', () => {
  it('is replaced by a new one when its run fails, also on a clock that is behind', async () => {
    expect(await process(received())).toMatchObject({ outcome: 'failed' })
    const [first] = delayed
    expect(first).toMatchObject({ token: 'token-1', dueEpochMs: startEpochMs + 5_000 })
    nowEpochMs = startEpochMs - 60_000
    expect(await process(broughtBack(first as DelayedEvent))).toMatchObject({ outcome: 'failed', attempt: 2 })
    expect(runs).toHaveLength(2)
    expect(delayed.map(({ token }) => token)).toEqual(['token-1', 'token-2'])
    const { later } = (await deps.ledger.read(key, signal)) ?? {}
    expect(later).toMatchObject({ token: 'token-2', dueEpochMs: nowEpochMs + 10_000 })
  })

  it('runs nothing once another one was recorded', async () => {
    await process(received())
    nowEpochMs += 5_000
    await process(broughtBack(delayed[0] as DelayedEvent))
    nowEpochMs += 100_000
    expect(await process(broughtBack(delayed[0] as DelayedEvent))).toMatchObject({ outcome: 'duplicate' })
    expect(runs).toHaveLength(2)
  })

  it('is missing when its queue does not take it: the run is recorded, and the message comes back', async () => {
    const cause = new Error('throttled')
    deps.later = { ...deps.later, delay: () => Promise.reject(cause) }
    await expect(process(received())).rejects.toMatchObject({ code: 'NOT_SENT_ON', cause })
    expect(runs).toEqual(['fails'])
    const { status, later } = (await deps.ledger.read(key, signal)) ?? {}
    expect({ status, later }).toEqual({ status: 'failed', later: undefined })
  })

  it('has expired when the event is there no more, and runs nothing', async () => {
    const event = { ...key, token: 't', dueEpochMs: startEpochMs }
    expect(await process(broughtBack(event))).toEqual({
      outcome: 'expired',
      event: {
        type: undefined,
        accountId: 'a',
        resource: { id: 'c' },
        eventId: key.eventId,
        receivedEpochMs: 0,
      },
    })
    expect(delayed).toEqual([])
  })
})

it('runs no handler when the time was over once the claim was made', async () => {
  const { claim } = deps.ledger
  deps.ledger.claim = async (request) => {
    const claimed = await claim(request)
    nowEpochMs += 28_000
    return claimed
  }
  await expect(process(received())).rejects.toThrow('The time was over')
  expect(runs).toEqual([])
})
