import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs'
import type { SQSEvent, SQSRecord, SQSRecordAttributes } from 'aws-lambda'

/** The ARN of the queue with this URL. */
export function queueArn(region: string, queueUrl: string): string {
  return `arn:aws:sqs:${region}:000000000000:${queueUrl.split('/').at(-1)}`
}

/** Received messages as an event source mapping hands them to a Lambda. */
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
