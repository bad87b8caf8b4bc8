import { type CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'

const minuteMs = 60_000

/** How long the oldest message of a queue has been waiting, as far as it was last measured. */
export interface OldestMessage {
  ageSeconds: number
  measuredEpochMs: number
}

/**
 * SQS tells it to CloudWatch alone, each minute, and not of a queue that nobody uses. Undefined when it told nothing in the
 * last quarter of an hour.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export async function oldestMessage(
  cloudwatch: Pick<CloudWatchClient, 'send'>,
  { queueUrl, nowEpochMs }: { queueUrl: string; nowEpochMs: number },
  signal: AbortSignal,
): Promise<OldestMessage | undefined> {
  const ask = new GetMetricStatisticsCommand({
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateAgeOfOldestMessage',
    Dimensions: [{ Name: 'QueueName', Value: queueUrl.split('/').at(-1) }],
    StartTime: new Date(nowEpochMs - 15 * minuteMs),
    EndTime: new Date(nowEpochMs),
    Period: 60,
    Statistics: ['Maximum'],
  })
  const { Datapoints = [] } = await cloudwatch.send(ask, { abortSignal: signal })
  const [last] = Datapoints.map(({ Timestamp, Maximum = 0 }) => ({
    ageSeconds: Maximum,
    measuredEpochMs: Timestamp?.getTime() ?? 0,
  })).sort((a, b) => b.measuredEpochMs - a.measuredEpochMs)
  return last
}
