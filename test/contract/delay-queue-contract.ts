import { randomUUID } from 'node:crypto'
import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { beforeEach, describe, expect, it } from 'vitest'
import { parseTicks } from '../../shared/event/ticks.ts'
import { type DelayedEvent, readDelayed, sqsLaterQueue } from '../../shared/queue/later.ts'

/** An engine with the queue that delays, and the one that it brings events back to. */
export interface DelayEngine {
  client: SQSClient
  delayQueueUrl: string
  queueUrl: string
  /** Lets so much time pass for the queues, where their clock can be set. */
  passTime?(ms: number): void
}

/** What later runs rely on in a standard queue, and that they go through it. */
export function delayQueueContract(name: string, engineOf: () => DelayEngine): void {
  describe(`delay queue contract: ${name}`, () => {
    const { signal } = new AbortController()
    let engine: DelayEngine
    beforeEach(() => {
      engine = engineOf()
    })

    const send = (DelaySeconds: number) =>
      engine.client.send(
        new SendMessageCommand({ QueueUrl: engine.delayQueueUrl, MessageBody: '-', DelaySeconds }),
      )
    const receive = async (queueUrl = engine.delayQueueUrl): Promise<Message[]> => {
      const { Messages = [] } = await engine.client.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['All'],
        }),
      )
      for (const { ReceiptHandle } of Messages)
        await engine.client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }))
      return Messages
    }
    const laterQueue = () =>
      sqsLaterQueue({
        client: engine.client,
        delayQueueUrl: engine.delayQueueUrl,
        eventQueueUrl: engine.queueUrl,
        now: Date.now,
        randomId: randomUUID,
      })
    const eventDue = (inMs: number): DelayedEvent => ({
      resourceKey: `account|contact|${randomUUID()}`,
      ticks: parseTicks('639170696424691361'),
      eventId: '0123456789abcdef0123456789abcdef',
      token: 'token',
      dueEpochMs: Date.now() + inMs,
    })
    const attributesOf = ({ MessageAttributes = {} }: Message) =>
      Object.fromEntries(
        Object.entries(MessageAttributes).map(([key, { StringValue = '' }]) => [key, StringValue]),
      )

    it('gives a message at once that has no delay, and in no group', async () => {
      await send(0)
      const [message] = await receive()
      expect(message?.Body).toBe('-')
      expect(message?.Attributes?.MessageGroupId).toBeUndefined()
    })

    it('takes a delay of 15 minutes, the longest that SQS knows', async () => {
      await expect(send(900)).resolves.toMatchObject({ MessageId: expect.any(String) })
      expect(await receive()).toEqual([])
    })

    it('holds a message back for so long', async ({ skip }) => {
      if (!engine.passTime) return skip('the clock of this engine cannot be set')
      engine.passTime(901_000)
      await receive()
      await send(60)
      engine.passTime(59_000)
      expect(await receive()).toEqual([])
      engine.passTime(2_000)
      expect(await receive()).toHaveLength(1)
    })

    it('carries an event until it is due, as it was given', async ({ skip }) => {
      if (!engine.passTime) return skip('the clock of this engine cannot be set')
      const event = eventDue(5_000)
      await laterQueue().delay(event, signal)
      expect(await receive()).toEqual([])
      engine.passTime(6_000)
      const [message] = await receive()
      expect(readDelayed(attributesOf(message as Message))).toEqual(event)
    })

    it('sends what is due in twelve hours for 15 minutes', async ({ skip }) => {
      if (!engine.passTime) return skip('the clock of this engine cannot be set')
      await laterQueue().delay(eventDue(12 * 60 * 60_000), signal)
      engine.passTime(895_000)
      expect(await receive()).toEqual([])
      engine.passTime(10_000)
      expect(await receive()).toHaveLength(1)
    })

    it('brings an event back into the group of its resource, twice in a row if it is asked to', async () => {
      const event = eventDue(0)
      await laterQueue().bringBack(event, signal)
      await laterQueue().bringBack(event, signal)
      const messages = [...(await receive(engine.queueUrl)), ...(await receive(engine.queueUrl))]
      expect(messages.map((message) => readDelayed(attributesOf(message)))).toEqual([event, event])
      const groups = messages.map(({ Attributes }) => Attributes?.MessageGroupId)
      expect(new Set(groups).size).toBe(1)
    })

    it('tells how many messages wait in the event queue', async () => {
      const before = await laterQueue().backlog(signal)
      await laterQueue().bringBack(eventDue(0), signal)
      expect(await laterQueue().backlog(signal)).toBe(before + 1)
      await receive(engine.queueUrl)
    })
  })
}
