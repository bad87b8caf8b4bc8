/** The least that a receiver could do: check the signature and its age, read the body, send it, write a line. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { callerOf } from './call-aws.ts'

const { QUEUE_URL, SIGNING_KEY = '', CLIENT_ID, TOLERANCE_MS } = process.env
const epochTicks = 621_355_968_000_000_000n
const callSqs = callerOf('sqs')

export const handler = async ({
  headers,
  body,
}: {
  headers: Record<string, string | undefined>
  body: string
}) => {
  const { timestamp = '', requestid = '', signature = '' } = headers
  const expected = createHmac('sha256', SIGNING_KEY).update(`${timestamp}|${requestid}|${CLIENT_ID}`).digest()
  const given = Buffer.from(signature, 'hex')
  const isSigned = given.length === expected.length && timingSafeEqual(given, expected)
  if (!isSigned) return { statusCode: 401 }
  const ageMs = Date.now() - Number((BigInt(timestamp) - epochTicks) / 10_000n)
  if (Math.abs(ageMs) > Number(TOLERANCE_MS)) return { statusCode: 401 }
  const { type, accountId } = JSON.parse(body) as { type: string; accountId: string }
  await callSqs('SendMessage', {
    QueueUrl: QUEUE_URL,
    MessageBody: body,
    MessageAttributes: { RequestId: { DataType: 'String', StringValue: requestid } },
  })
  console.info({ outcome: 'accepted', type, accountId, requestid })
  return { statusCode: 200 }
}
