import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { type DueEvents, readDue } from '../../shared/ledger/due-events.ts'
import { type FeedPage, readFeed } from '../../shared/ledger/event-feed.ts'
import type { EventFilter } from '../../shared/ledger/event-filter.ts'
import { type AsideSurvey, dynamodbAsideStore } from '../../shared/queue/aside-store.ts'
import { type Waiting, waitingIn } from '../../shared/queue/waiting.ts'
import type { Account } from '../../shared/smokeball-api/account.ts'
import { terminal } from '../terminal/terminal.ts'
import { callLimit, type Deployment, eventTableOf } from './deployment.ts'
import { isPaused, mappingsOf } from './handling.ts'

import { isoOf } from './moments.ts'

/** What changes from moment to moment. */
export interface FlowStatus {
  handling: 'enabled' | 'paused' | 'nothing takes events'
  queue: Waiting
  deadLetters: Waiting
  /** About how many messages wait to run their event again. */
  delayed: Waiting
}

/** So many of the events to be run again are read. There may be more. */
const laterRows = 100

/** How a deployment is doing. */
export interface Status extends FlowStatus {
  lastDelivery: FeedPage
  lastFailure: FeedPage
  accounts: Account[]
  /** What its queue did not take, and the keeper has not brought in yet. */
  aside: AsideSurvey
  /** What is to be run again, in the order in which it is due. */
  later: DueEvents
  /** `notKnown`: why it is not known. */
  oldest: OldestMessage | { notKnown: string }
}

/** It makes four calls, none of them to the table. */
export async function flowStatusOf(
  { lambda, sqs, outputs }: Deployment,
  signal: AbortSignal,
): Promise<FlowStatus> {
  const [mappings, queue, deadLetters, delayed] = await Promise.all([
    mappingsOf({ lambda, consumerName: outputs.ConsumerName }, signal),
    waitingIn(sqs, outputs.EventQueueUrl, signal),
    waitingIn(sqs, outputs.DeadLetterQueueUrl, signal),
    waitingIn(sqs, outputs.DelayQueueUrl, signal),
  ])
  const isFed = mappings.length > 0
  const handling = isPaused(mappings) ? 'paused' : isFed ? 'enabled' : 'nothing takes events'
  return { handling, queue, deadLetters, delayed }
}

/** `accounts`: lists those that are connected. */
export async function statusOf(deployment: Deployment, accounts: () => Promise<Account[]>): Promise<Status> {
  const { signal } = callLimit()
  const lastOf = (filter: EventFilter) => readFeed(eventTableOf(deployment), { filter, limit: 1 }, signal)
  const { client, tableName } = eventTableOf(deployment)
  const store = dynamodbAsideStore({ client, tableName, now: terminal().clock.now })
  const [flow, lastDelivery, lastFailure, connected, oldest, later, aside] = await Promise.all([
    flowStatusOf(deployment, signal),
    lastOf({}),
    lastOf({ outcomes: ['failed', 'dead-lettered'] }),
    accounts(),
    oldestOf(deployment, signal),
    readDue(eventTableOf(deployment), { limit: laterRows }, signal),
    store.survey(signal),
  ])
  return { ...flow, lastDelivery, lastFailure, accounts: connected, oldest, later, aside }
}

/** Someone who may not ask CloudWatch is still told all the rest. */
async function oldestOf(deployment: Deployment, signal: AbortSignal): Promise<Status['oldest']> {
  const of = { queueUrl: deployment.outputs.EventQueueUrl, nowEpochMs: terminal().clock.now() }
  const cloudwatch = await deployment.cloudwatch()
  try {
    const found = await oldestMessage(cloudwatch, of, signal)
    return found ?? { notKnown: 'CloudWatch was told nothing of the queue in the last 15 minutes' }
  } catch (error) {
    return {
      notKnown: `CloudWatch does not tell it (${error instanceof Error ? error.name : 'unknown error'})`,
    }
  } finally {
    cloudwatch.destroy()
  }
}

/** An account in `--json` and on the console. */
export function accountJson({ accountId, subscription, lastCheck }: Account) {
  return {
    accountId,
    subscriptionId: subscription?.id ?? null,
    lastCheck: lastCheck
      ? { outcome: lastCheck.outcome, at: isoOf(lastCheck.atEpochMs), problem: lastCheck.problem }
      : null,
  }
}

const minuteMs = 60_000

/** How long the oldest message of a queue has been waiting, as far as it was last measured. */
interface OldestMessage {
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
  // Its client takes a while to load, and only this asks it.
  const { GetMetricStatisticsCommand } = await import('@aws-sdk/client-cloudwatch')
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
