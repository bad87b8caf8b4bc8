import { randomUUID } from 'node:crypto'
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { beforeEach, describe, expect, it } from 'vitest'

/** An engine with the two queues of this project, as `infra/settings/topology.ts` describes them. */
export interface QueueEngine {
  client: SQSClient
  queueUrl: string
  deadLetterQueueUrl: string
  /** Receives after which the queue moves a message to the dead-letter queue. */
  maxReceiveCount: number
  /** Lets so much time pass for the queue, where its clock can be set. */
  passTime?(ms: number): void
}

/** What the pipeline relies on in SQS FIFO, and what every engine that stands in for it must do. */
export function queueContract(name: string, engineOf: () => QueueEngine): void {
  describe(`queue contract: ${name}`, () => {
    let engine: QueueEngine
    let group: string
    beforeEach(() => {
      engine = engineOf()
      group = randomUUID()
    })

    const send = (body: string, options: { group?: string; deduplicationId?: string } = {}) =>
      engine.client.send(
        new SendMessageCommand({
          QueueUrl: engine.queueUrl,
          MessageBody: body,
          MessageGroupId: options.group ?? group,
          MessageDeduplicationId: options.deduplicationId ?? randomUUID(),
          MessageAttributes: { note: { DataType: 'String', StringValue: 'n' } },
        }),
      )
    const receive = async (visibilitySeconds = 30, queueUrl = engine.queueUrl): Promise<Message[]> => {
      const { Messages = [] } = await engine.client.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: visibilitySeconds,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['All'],
        }),
      )
      return Messages
    }
    const bodies = (messages: Message[]) => messages.map(({ Body }) => Body)
    const remove = (messages: Message[], queueUrl = engine.queueUrl) =>
      Promise.all(
        messages.map(({ ReceiptHandle }) =>
          engine.client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle })),
        ),
      )
    const hideFor = (message: Message | undefined, seconds: number) =>
      engine.client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: engine.queueUrl,
          ReceiptHandle: message?.ReceiptHandle,
          VisibilityTimeout: seconds,
        }),
      )
    const drain = async () => {
      for (let messages = await receive(); messages.length > 0; messages = await receive())
        await remove(messages)
    }

    it('gives a message back with its attributes, group and receive count', async () => {
      await send('a')
      const [message] = await receive()
      expect(message).toMatchObject({
        Body: 'a',
        MessageAttributes: { note: { StringValue: 'n', DataType: 'String' } },
        Attributes: { MessageGroupId: group, ApproximateReceiveCount: '1' },
      })
      await remove([message as Message])
    })

    it('locks a group while one of its messages is in flight, and no other', async () => {
      await send('a1')
      const [first] = await receive()
      await send('a2')
      await send('b1', { group: `${group}-b` })
      const others = await receive()
      expect(bodies(others)).toEqual(['b1'])
      await remove([first as Message, ...others])
      const freed = await receive()
      expect(bodies(freed)).toEqual(['a2'])
      await remove(freed)
    })

    it('keeps the order of a group, behind a message that came back', async () => {
      for (const body of ['1', '2', '3']) await send(body)
      const [first, ...rest] = await receive()
      // AWS may give several messages of a group at once; an engine may give one.
      for (const message of rest) await hideFor(message, 0)
      await hideFor(first, 0)
      const seen: (string | undefined)[] = []
      for (let messages = await receive(); messages.length > 0; messages = await receive()) {
        seen.push(...bodies(messages))
        await remove(messages)
      }
      expect(seen).toEqual(['1', '2', '3'])
    })

    it('counts receives, and gives a failed message back when its visibility ends', async () => {
      await send('a')
      for (const count of ['1', '2', '3']) {
        const [message] = await receive()
        expect(message?.Attributes?.ApproximateReceiveCount).toBe(count)
        expect(await receive()).toEqual([])
        await hideFor(message, 0)
      }
      await drain()
    })

    it('keeps a partial failure of a batch, and forgets what was deleted', async () => {
      await send('good')
      await send('bad', { group: `${group}-b` })
      const messages = await receive()
      expect(bodies(messages).toSorted()).toEqual(['bad', 'good'])
      await remove(messages.filter(({ Body }) => Body === 'good'))
      for (const message of messages.filter(({ Body }) => Body === 'bad')) await hideFor(message, 0)
      const again = await receive()
      expect(bodies(again)).toEqual(['bad'])
      await remove(again)
    })

    it('accepts a message with a known deduplication id and drops it', async () => {
      await send('a', { deduplicationId: `${group}-1` })
      const { MessageId } = await send('b', { deduplicationId: `${group}-1` })
      expect(MessageId).toBeTruthy()
      const messages = await receive()
      expect(bodies(messages)).toEqual(['a'])
      await remove(messages)
      await send('c', { deduplicationId: `${group}-1` })
      expect(await receive()).toEqual([])
    })

    it('forgets deduplication ids after five minutes', async ({ skip }) => {
      if (!engine.passTime) return skip('the clock of this engine cannot be set')
      await send('a', { deduplicationId: `${group}-1` })
      await drain()
      engine.passTime(4 * 60_000)
      await send('b', { deduplicationId: `${group}-1` })
      expect(await receive()).toEqual([])
      engine.passTime(61_000)
      await send('c', { deduplicationId: `${group}-1` })
      const messages = await receive()
      expect(bodies(messages)).toEqual(['c'])
      await remove(messages)
    })

    it('moves a message aside that is received too often', async () => {
      await send('poison')
      for (let count = 1; count <= engine.maxReceiveCount; count++) {
        const [message] = await receive()
        expect(message?.Attributes?.ApproximateReceiveCount).toBe(String(count))
        await hideFor(message, 0)
      }
      expect(await receive()).toEqual([])
      const dead = await receive(30, engine.deadLetterQueueUrl)
      expect(bodies(dead)).toEqual(['poison'])
      await remove(dead, engine.deadLetterQueueUrl)
    })
  })
}
