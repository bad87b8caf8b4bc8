import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'

const client = new SQSClient({})

/** The least that a receiver could be, which its cold start is measured by: sends the body to the queue. */
export const handler = async ({ body }: { body: string }) => {
  await client.send(
    new SendMessageCommand({
      QueueUrl: process.env.QUEUE_URL,
      MessageBody: body,
      MessageGroupId: 'bench',
      MessageDeduplicationId: 'bench',
    }),
  )
  return { statusCode: 200 }
}
