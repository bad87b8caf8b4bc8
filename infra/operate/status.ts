import { type DueEvents, readDue } from '../../shared/ledger/due-events.ts'
import { type FeedPage, readFeed } from '../../shared/ledger/event-feed.ts'
import type { EventFilter } from '../../shared/ledger/event-filter.ts'
import { type Waiting, waitingIn } from '../../shared/queue/waiting.ts'
import type { Account } from '../../shared/smokeball-api/account.ts'
import { terminal } from '../terminal/terminal.ts'
import { callLimit } from './call-limit.ts'
import type { Deployment } from './deployment.ts'
import { eventTableOf } from './events/event-table.ts'
import { isPaused, mappingsOf } from './handling.ts'
import { isoOf } from './moments.ts'
import type { OldestMessage } from './oldest-message.ts'

/** What changes from moment to moment. */
export interface FlowStatus {
  handling: 'enabled' | 'paused' | 'nothing takes events'
  queue: Waiting
  deadLetters: Waiting
  /** About how many messages of events wait that are to be run again. */
  delayed: Waiting
}

/** Events to be run again that are counted; beyond, there are more. */
const laterRows = 100

/** How a deployment is doing. */
export interface Status extends FlowStatus {
  lastDelivery: FeedPage
  lastFailure: FeedPage
  accounts: Account[]
  /** What is to be run again, that first which is due first. */
  later: DueEvents
  /** Why it is not known, where it is not. */
  oldest: OldestMessage | { notKnown: string }
}

/** Four calls, none of them to the table. */
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
  const [flow, lastDelivery, lastFailure, connected, oldest, later] = await Promise.all([
    flowStatusOf(deployment, signal),
    lastOf({}),
    lastOf({ outcomes: ['failed', 'dead-lettered'] }),
    accounts(),
    oldestOf(deployment, signal),
    readDue(eventTableOf(deployment), { limit: laterRows }, signal),
  ])
  return { ...flow, lastDelivery, lastFailure, accounts: connected, oldest, later }
}

/** All else is told, whoever may not ask CloudWatch. */
async function oldestOf(deployment: Deployment, signal: AbortSignal): Promise<Status['oldest']> {
  const of = { queueUrl: deployment.outputs.EventQueueUrl, nowEpochMs: terminal().clock.now() }
  const { oldestMessage } = await import('./oldest-message.ts')
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
export function accountJson({ accountId, subscription, lastCheck }: Account): object {
  return {
    ...{ accountId, subscriptionId: subscription?.id ?? null },
    lastCheck: lastCheck
      ? { outcome: lastCheck.outcome, at: isoOf(lastCheck.atEpochMs), problem: lastCheck.problem }
      : null,
  }
}
