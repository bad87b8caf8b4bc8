import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs'
import type { SQSEvent, SQSRecord, SQSRecordAttributes } from 'aws-lambda'

/** Returns the ARN of the queue with this URL. */
export function queueArn(region: string, queueUrl: string): string {
  return `arn:aws:sqs:${region}:000000000000:${queueUrl.split('/').at(-1)}`
}

/** Makes the event in which an event source mapping hands received messages to a Lambda. */
export function sqsEvent(messages: readonly Message[], from: { region: string; queueUrl: string }): SQSEvent {
  return { Records: messages.map((message) => sqsRecord(message, from)) }
}

function sqsRecord(message: Message, { region, queueUrl }: { region: string; queueUrl: string }): SQSRecord {
  const attributes = Object.entries(message.MessageAttributes ?? {})
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: (message.Attributes ?? {}) as unknown as SQSRecordAttributes,
    messageAttributes: Object.fromEntries(attributes.map(([name, value]) => [name, recordAttribute(value)])),
    md5OfBody: message.MD5OfBody ?? '',
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn(region, queueUrl),
    awsRegion: region,
  }
}

function recordAttribute({ DataType, StringValue, BinaryValue }: MessageAttributeValue) {
  return {
    ...(StringValue !== undefined && { stringValue: StringValue }),
    ...(BinaryValue !== undefined && { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType ?? 'String',
  }
}

/**
 * Returns the messages of a batch that failed, by a function's answer (`ReportBatchItemFailures`): those that it names, and
 * none when the answer is empty. Undefined stands for all of them, when it is not such an answer.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function failedMessages(response: unknown, batch: SQSEvent): ReadonlySet<string> | undefined {
  if (response === null || response === undefined) return new Set()
  if (typeof response !== 'object') return undefined
  const { batchItemFailures } = response as { batchItemFailures?: unknown }
  if (batchItemFailures === null || batchItemFailures === undefined) return new Set()
  if (!Array.isArray(batchItemFailures)) return undefined
  const sent = new Set(batch.Records.map(({ messageId }) => messageId))
  const failed = batchItemFailures.map(
    (item: { itemIdentifier?: string } | null) => item?.itemIdentifier ?? '',
  )
  return failed.every((id) => sent.has(id)) ? new Set(failed) : undefined
}
