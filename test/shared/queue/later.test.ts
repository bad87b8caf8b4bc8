import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Ticks } from '../../../shared/event/ticks.ts'
import { type DelayedEvent, readDelayed, sqsLaterQueue } from '../../../shared/queue/later.ts'

const nowEpochMs = Date.UTC(2026, 0, 1)
const { signal } = new AbortController()
const event: DelayedEvent = {
  resourceKey: 'firm|matter|9',
  ticks: 639170696424691361n as Ticks,
  eventId: '0123456789abcdef0123456789abcdef',
  token: 'a-token_1',
  dueEpochMs: nowEpochMs + 5_000,
}

let sent: SendMessageCommand['input'][]
let backlog: string | undefined
let ids: number
const later = sqsLaterQueue({
  client: {
    send: async (command: unknown) => {
      if (command instanceof SendMessageCommand) sent.push(command.input)
      if (command instanceof GetQueueAttributesCommand)
        return backlog === undefined ? {} : { Attributes: { ApproximateNumberOfMessages: backlog } }
      return {}
    },
  } as never,
  delayQueueUrl: 'delay',
  eventQueueUrl: 'events',
  now: () => nowEpochMs,
  randomId: () => `random-${++ids}`,
})
beforeEach(() => {
  sent = []
  ids = 0
  backlog = undefined
})

function attributesOf({ MessageAttributes = {} }: SendMessageCommand['input']) {
  return Object.fromEntries(
    Object.entries(MessageAttributes).map(([name, { StringValue = '' }]) => [name, StringValue]),
  )
}

async function delaySeconds(dueInMs: number, leastMs?: number) {
  await later.delay({ ...event, dueEpochMs: nowEpochMs + dueInMs }, signal, leastMs)
  return sent.at(-1)?.DelaySeconds
}

describe('a message to oneself', () => {
  it('is delayed until it is due, never shorter, and 15 minutes at most', async () => {
    expect(await delaySeconds(5_000)).toBe(5)
    expect(await delaySeconds(5_001)).toBe(6)
    expect(await delaySeconds(-60_000)).toBe(0)
    expect(await delaySeconds(900_000)).toBe(900)
    expect(await delaySeconds(12 * 60 * 60_000)).toBe(900)
  })

  it('is delayed for longer than it is due if it is asked to', async () => {
    expect(await delaySeconds(-60_000, 40_500)).toBe(41)
    expect(await delaySeconds(60_000, 40_000)).toBe(60)
    expect(await delaySeconds(0, 2_000_000)).toBe(900)
  })

  it('goes to the delay queue without a group, and has no body of its own', async () => {
    await later.delay(event, signal)
    expect(sent).toMatchObject([{ QueueUrl: 'delay', MessageBody: '-' }])
    expect(sent[0]?.MessageGroupId).toBeUndefined()
  })

  it('is brought back into the group of its resource, each time under another id', async () => {
    await later.bringBack(event, signal)
    await later.bringBack({ ...event, token: 'other' }, signal)
    const [first, second] = sent
    expect(first).toMatchObject({ QueueUrl: 'events', MessageBody: '-' })
    expect(first?.MessageGroupId).toBe(second?.MessageGroupId)
    expect(first?.MessageDeduplicationId).not.toBe(second?.MessageDeduplicationId)
    expect(first?.DelaySeconds).toBeUndefined()
  })

  it('says the same again however it is sent', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          resourceKey: fc.stringMatching(/^[\w|%.-]{1,80}$/),
          ticks: fc.bigInt({ min: 0n, max: 3_155_378_975_999_999_999n }).map((ticks) => ticks as Ticks),
          eventId: fc.stringMatching(/^[0-9a-f]{32}$/),
          token: fc.stringMatching(/^[\w-]{1,64}$/),
          dueEpochMs: fc.nat({ max: 99_999_999_999_999 }),
        }),
        async (any) => {
          await later.delay(any, signal)
          await later.bringBack(any, signal)
          expect(sent.slice(-2).map((message) => readDelayed(attributesOf(message)))).toEqual([any, any])
        },
      ),
    )
  })

  it('is none when it does not say so', () => {
    expect(readDelayed({})).toBeUndefined()
    expect(readDelayed({ resource: 'r', event: `1 ${event.eventId}` })).toBeUndefined()
  })

  it.each([
    ['no event', { later: 'token 1', resource: 'r' }],
    ['no resource', { later: 'token 1', event: `1 ${event.eventId}` }],
    ['no time', { later: 'token', resource: 'r', event: `1 ${event.eventId}` }],
    ['no token', { later: ' 1', resource: 'r', event: `1 ${event.eventId}` }],
    ['a negative time', { later: 'token -1', resource: 'r', event: `1 ${event.eventId}` }],
    ['a token of 65 letters', { later: `${'t'.repeat(65)} 1`, resource: 'r', event: `1 ${event.eventId}` }],
    ['nothing', { later: '' }],
  ])('cannot be read with %s', (_, attributes) => {
    expect(() => readDelayed(attributes)).toThrow('neither which event it is of, nor when')
  })
})

it('tells how many messages wait, none where the queue does not say', async () => {
  expect(await later.backlog(signal)).toBe(0)
  backlog = '1001'
  expect(await later.backlog(signal)).toBe(1001)
})
