import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs'

/** About how much a queue holds: SQS counts by and by. */
export interface Waiting {
  /** To be taken. */
  waiting: number
  /** In work, or kept for a moment: the store failed, or another has it in hand. */
  inWork: number
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html */
export async function waitingIn(
  sqs: Pick<SQSClient, 'send'>,
  queueUrl: string,
  signal: AbortSignal,
): Promise<Waiting> {
  const ask = new GetQueueAttributesCommand({
    QueueUrl: queueUrl,
    AttributeNames: [
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesNotVisible',
      'ApproximateNumberOfMessagesDelayed',
    ],
  })
  const { Attributes: held = {} } = await sqs.send(ask, { abortSignal: signal })
  return {
    waiting:
      Number(held.ApproximateNumberOfMessages ?? 0) + Number(held.ApproximateNumberOfMessagesDelayed ?? 0),
    inWork: Number(held.ApproximateNumberOfMessagesNotVisible ?? 0),
  }
}
