import { type FeedPage, readFeed } from '../../../shared/event-feed.ts'
import type { EventFilter } from '../../../shared/event-filter.ts'
import type { Account } from '../../../shared/smokeball-api/account-item.ts'
import { isPaused, mappingOf } from '../handling.ts'
import { type Waiting, waitingIn } from '../waiting.ts'
import { callLimit } from './call-limit.ts'
import { connectedAccounts } from './chosen-accounts.ts'
import { command } from './command.ts'
import { eventJson } from './event-json.ts'
import { type ShowOptions, withUtc } from './event-options.ts'
import { eventTableOf } from './event-table.ts'
import { onDeployment, type Run } from './on-deployment.ts'
import { accountJson, statusLines } from './status-words.ts'

/** How a deployment is doing. */
export interface Status {
  handling: 'enabled' | 'paused' | 'nothing takes events'
  queue: Waiting
  deadLetters: Waiting
  lastDelivery: FeedPage
  lastFailure: FeedPage
  accounts: Account[]
}

/** What waits, what came last, what failed last, and whether the subscriptions are right. */
export const status = withUtc(
  command(
    'status',
    'Shows how it is doing: what waits, what came last, what failed last, and the subscriptions.',
    ['status', 'status --stage dev --json'],
  ),
).action(
  onDeployment<ShowOptions>(async (run, { utc }) => {
    const found = await statusOf(run)
    const { lastDelivery, lastFailure, accounts } = found
    const first = ({ events: [event] }: FeedPage) => (event ? eventJson(event) : null)
    run.out.result(
      {
        ...{ deployment: run.deployment.name, handling: found.handling, queue: found.queue },
        // SQS does not tell it; CloudWatch does, which is not asked.
        oldestMessageAge: null,
        deadLetters: found.deadLetters,
        ...{ lastDelivery: first(lastDelivery), lastFailure: first(lastFailure) },
        accounts: accounts.map(accountJson),
      },
      statusLines(found, run, utc),
    )
  }),
)

async function statusOf(run: Run): Promise<Status> {
  const { lambda, sqs, outputs } = run.deployment
  const { signal } = callLimit()
  const lastOf = (filter: EventFilter) => readFeed(eventTableOf(run.deployment), { filter, limit: 1 }, signal)
  const [mapping, queue, deadLetters, lastDelivery, lastFailure, accounts] = await Promise.all([
    mappingOf({ lambda, consumerName: outputs.ConsumerName }, signal),
    waitingIn(sqs, outputs.EventQueueUrl, signal),
    waitingIn(sqs, outputs.DeadLetterQueueUrl, signal),
    lastOf({}),
    lastOf({ outcomes: ['failed', 'dead-lettered'] }),
    connectedAccounts(run),
  ])
  const isOn = mapping && !isPaused(mapping)
  return {
    handling: isOn ? 'enabled' : mapping ? 'paused' : 'nothing takes events',
    ...{ queue, deadLetters, lastDelivery, lastFailure, accounts },
  }
}
