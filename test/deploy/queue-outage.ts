import { GetQueueAttributesCommand, SetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs'

/** Has a queue refuse all that is sent to it while something is done, by its policy. */
export async function whileRefusing<Result>(
  sqs: SQSClient,
  QueueUrl: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const ask = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy', 'QueueArn'] })
  const { Policy = '', QueueArn } = (await sqs.send(ask)).Attributes ?? {}
  const set = (policy: string) =>
    sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: policy } }))
  const before = JSON.parse(Policy) as { Statement: object[] }
  const denied = { Effect: 'Deny', Principal: '*', Action: 'sqs:SendMessage', Resource: QueueArn }
  await set(JSON.stringify({ ...before, Statement: [...before.Statement, denied] }))
  try {
    return await work()
  } finally {
    await set(Policy)
  }
}
