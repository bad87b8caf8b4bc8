import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { expect, it, type TestContext } from 'vitest'
import { waitingEvents } from '../../../infra/local/line-record.ts'
import { credentials, region } from '../../../infra/operate/local-account.ts'
import { oldestMessage } from '../../../infra/operate/status.ts'
import { startServer } from '../cli/start-server.ts'

const nowEpochMs = Date.UTC(2026, 6, 1, 12)

async function asked({ onTestFinished }: Pick<TestContext, 'onTestFinished'>, datapoints: object[]) {
  const requests: string[] = []
  const server = await startServer((_, body) => {
    requests.push(body)
    return { status: 200, body: JSON.stringify({ Datapoints: datapoints }) }
  })
  const client = new CloudWatchClient({ endpoint: server.url, region, credentials })
  onTestFinished(async () => {
    client.destroy()
    await server.stop()
  })
  const of = { queueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/events.fifo', nowEpochMs }
  const found = await oldestMessage(client, of, new AbortController().signal)
  return { found, request: JSON.parse(requests[0] ?? '{}') }
}

it('is what CloudWatch was told last', async (context) => {
  const at = (minutesAgo: number) => nowEpochMs / 1000 - minutesAgo * 60
  const { found, request } = await asked(context, [
    { Timestamp: at(9), Maximum: 50 },
    { Timestamp: at(2), Maximum: 470 },
    { Timestamp: at(5), Maximum: 290 },
  ])
  expect(found).toEqual({ ageSeconds: 470, measuredEpochMs: nowEpochMs - 120_000 })
  expect(request).toMatchObject({
    MetricName: 'ApproximateAgeOfOldestMessage',
    Period: 60,
    Statistics: ['Maximum'],
    Dimensions: [{ Name: 'QueueName', Value: 'events.fifo' }],
  })
})

it('is not known when nothing was told', async (context) => {
  expect((await asked(context, [])).found).toBeUndefined()
})

it('is, of a local run, the first accepted event that has come to no end', () => {
  const waiting = waitingEvents()
  const see = (seconds: number, message: Record<string, unknown>, droppedByQueue?: true) =>
    waiting.see({
      source: 'event' in message && 'id' in message ? 'consumer' : 'receiver',
      level: 'info',
      at: new Date(seconds * 1000),
      message,
      ...(droppedByQueue && { droppedByQueue }),
    })
  expect(waiting.oldestEpochMs()).toBeUndefined()
  see(1, { delivery: 'accepted', event: 'x-1' })
  see(2, { delivery: 'accepted', event: 'y-2' })
  see(3, { delivery: 'accepted', event: 'z-1' }, true)
  see(4, { delivery: 'refused', why: 'bad-signature' })
  expect(waiting.oldestEpochMs()).toBe(1_000)
  see(5, { event: 'failed', id: 'x-1' })
  expect(waiting.oldestEpochMs()).toBe(1_000)
  see(6, { event: 'handled', id: 'x-1' })
  expect(waiting.oldestEpochMs()).toBe(2_000)
  see(7, { event: 'dead-lettered', id: 'y-2' })
  expect(waiting.oldestEpochMs()).toBeUndefined()
})
