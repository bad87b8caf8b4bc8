import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { expect, it } from 'vitest'
import { surveyDeadLetters } from '../../../../infra/operate/dead-letters/walk-dead-letters.ts'
import { deadLettersWorld } from './dead-letters-world.ts'

const signal = new AbortController().signal

it('walks thousands within seconds, and keeps no bodies', { timeout: 60_000 }, async (context) => {
  const { deps, sqs, deadLetters } = await deadLettersWorld(context, { handlers: [] })
  const count = 3_000
  const body = `{"accountId":"a","type":"contact.updated","timestamp":639170696424691361,"payload":{"id":"1","x":"${'x'.repeat(2_000)}"}}`
  const send = (index: number) =>
    sqs.send(
      new SendMessageCommand({
        QueueUrl: deps.deadLetterQueueUrl,
        MessageBody: body,
        MessageGroupId: `g${index}`,
        MessageDeduplicationId: `d${index}`,
        MessageAttributes: { reason: { DataType: 'String', StringValue: 'crashed: x' } },
      }),
    )
  for (let at = 0; at < count; at += 100)
    await Promise.all(Array.from({ length: 100 }, (_, index) => send(at + index)))
  const started = performance.now()
  const { letters } = await surveyDeadLetters(deps, signal)
  expect(letters).toHaveLength(count)
  expect(JSON.stringify(letters, (_, value) => (typeof value === 'bigint' ? '' : value)).length).toBeLessThan(
    count * 700,
  )
  expect(await deadLetters()).toEqual({ waiting: count, inWork: 0 })
  expect(performance.now() - started).toBeLessThan(20_000)
})
