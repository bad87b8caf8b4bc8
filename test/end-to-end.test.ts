import { gunzipSync } from 'node:zlib'
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, it } from 'vitest'
import { on, PermanentFailure, type SmokeballEvent } from '#webhooks'
import { startLocal } from '#webhooks/testing'

const notification = (payload: string, ticks: bigint, type = 'contact.updated') =>
  `{"accountId":"a","subscriptionId":"s","type":"${type}","source":"API","payload":${payload},"timestamp":${ticks}}`

it('takes ids and bodies of every kind from the delivery to the handler', async (test) => {
  const seen: SmokeballEvent[] = []
  const handlers = [on('*', { name: 'all', order: 'every' }, (event) => void seen.push(event))]
  const local = await startLocal({ handlers })
  test.onTestFinished(() => local.stop())

  const ids = [
    'a b',
    'a|b',
    '😀',
    '\ud800',
    '\uffff',
    'x'.repeat(3000),
    'MyFirm',
    '8aca_IL',
    '"\\',
    'ü\u0000',
  ]
  const bodies = ids.map((id, index) =>
    notification(JSON.stringify({ id }), 639170696424691361n + BigInt(index)),
  )
  const even = JSON.stringify({ id: 'long', x: 'smokeball '.repeat(300_000) })
  bodies.push(notification(even, 639170696424691399n))
  bodies.push(notification('{"timestamp":1,"id":"nested"}', 639170696424691398n))
  const answers = await Promise.all(bodies.map((body) => local.deliver(body)))
  expect(answers.map(({ status }) => status)).toEqual(bodies.map(() => 200))
  await local.settled()

  const found = seen.map(({ resource }) => resource.id).toSorted()
  expect(found).toEqual([...ids, 'long', 'nested'].toSorted())
  expect(seen.find(({ resource }) => resource.id === 'long')?.payloadText).toBe(even)
  expect(seen.find(({ resource }) => resource.id === 'nested')?.ticks).toBe(639170696424691398n)
})

it('tells what came to nothing, and why', async (test) => {
  const refuse = () => {
    throw new PermanentFailure('the matter is closed 😀')
  }
  const local = await startLocal({ handlers: [on('matter.*', { name: 'refuses' }, refuse)] })
  test.onTestFinished(() => local.stop())
  const long = JSON.stringify({ id: 'm', x: 'smokeball '.repeat(300_000) })
  await local.deliver(notification(long, 639170696424691361n, 'matter.updated'))
  await local.deliver('[]')
  await local.settled()

  const sqs = new SQSClient(local.sqs)
  test.onTestFinished(() => sqs.destroy())
  const letters = []
  for (let empty = 0; empty < 2 && letters.length < 2; ) {
    const receive = {
      QueueUrl: local.deadLetterQueueUrl,
      MessageAttributeNames: ['All'],
      MaxNumberOfMessages: 10,
    }
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(receive))
    if (Messages.length === 0) empty += 1
    letters.push(...Messages)
  }
  const reasons = letters.map(({ MessageAttributes }) => MessageAttributes?.reason?.StringValue)
  expect(reasons.toSorted()).toEqual([
    'Not a Smokeball notification: not an object.',
    'permanent failure of refuses: PermanentFailure: the matter is closed 😀',
  ])
  const gzipped = letters.find(({ MessageAttributes }) => MessageAttributes?.encoding?.StringValue === 'gzip')
  expect(gunzipSync(Buffer.from(gzipped?.Body ?? '', 'base64')).toString()).toContain(long)
})
