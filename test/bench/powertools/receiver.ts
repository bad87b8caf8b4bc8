/**
 * A receiver as Powertools' pages show the parts of one: middy with logger and metrics, zod for the body, one message to a
 * standard queue. It is measured, and no part of the product.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware'
import { parse } from '@aws-lambda-powertools/parser'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import middy from '@middy/core'
import { z } from 'zod'

const { QUEUE_URL, SIGNING_KEY = '', CLIENT_ID, TOLERANCE_MS } = process.env
const ticksAMs = 10_000n
const epochTicks = 621_355_968_000_000_000n

const logger = new Logger()
const metrics = new Metrics()
const sqs = new SQSClient({})

const notification = z.object({
  accountId: z.string(),
  type: z.string(),
  payload: z.record(z.string(), z.unknown()),
  timestamp: z.number(),
})

export const handler = middy(receive)
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics, { captureColdStartMetric: true }))

async function receive(event: { headers: Record<string, string | undefined>; body: string }) {
  const { timestamp = '', requestid = '', signature = '' } = event.headers
  if (!isSigned(timestamp, requestid, signature) || !isFresh(timestamp)) {
    metrics.addMetric('Refused', MetricUnit.Count, 1)
    logger.warn('refused', { requestid })
    return { statusCode: 401 }
  }
  // It passes the text on as it came, so that the timestamp's last digits may go here.
  const { type, accountId } = parse(JSON.parse(event.body), undefined, notification)
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: QUEUE_URL,
      MessageBody: event.body,
      MessageAttributes: { RequestId: { DataType: 'String', StringValue: requestid } },
    }),
  )
  metrics.addMetric('Accepted', MetricUnit.Count, 1)
  logger.info('accepted', { type, accountId, requestid })
  return { statusCode: 200 }
}

function isSigned(timestamp: string, requestId: string, signature: string): boolean {
  const expected = createHmac('sha256', SIGNING_KEY).update(`${timestamp}|${requestId}|${CLIENT_ID}`).digest()
  const given = Buffer.from(signature, 'hex')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function isFresh(timestamp: string): boolean {
  const sentEpochMs = Number((BigInt(timestamp) - epochTicks) / ticksAMs)
  return Math.abs(Date.now() - sentEpochMs) <= Number(TOLERANCE_MS)
}
