import type { MessageAttributeValue } from '@aws-sdk/client-sqs'
import { attributeText, type MessageAttributes } from './message.ts'

/**
 * Message attributes in the shape of the SQS API, which refuses a message for one that is empty, or has characters outside its
 * set: an empty one is left out, such characters become U+FFFD.
 */
export function sqsAttributes(attributes: MessageAttributes): Record<string, MessageAttributeValue> {
  const made: Record<string, MessageAttributeValue> = {}
  for (const [name, value] of Object.entries(attributes))
    if (value !== '') made[name] = { DataType: 'String', StringValue: attributeText(value, value.length) }
  return made
}
