import type { MessageAttributeValue } from '@aws-sdk/client-sqs'
import type { MessageAttributes } from './message.ts'

/** Message attributes in the shape of the SQS API. */
export function sqsAttributes(attributes: MessageAttributes): Record<string, MessageAttributeValue> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
  )
}
