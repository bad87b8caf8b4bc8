import type { FeedPage } from '../../../shared/ledger/event-feed.ts'
import { busiestAccounts } from '../../operate/busiest-account.ts'
import { eventJson } from '../../operate/events/event-json.ts'
import { accountJson, statusOf } from '../../operate/status.ts'
import { asideJson, laterJson, oldestJson, statusLines } from '../terminal/status-words.ts'
import { connectedAccounts } from './chosen-accounts.ts'
import { reading } from './command.ts'
import { type ShowOptions, withUtc } from './events/options.ts'
import { onDeployment } from './on-deployment.ts'

/** What waits, what came last, what failed last, and whether the subscriptions are right. */
export const status = withUtc(
  reading(
    'status',
    'Shows how the deployment is doing: what waits, what came last, what failed last, and the subscriptions.',
    ['status', 'status --stage dev --json'],
  ),
).action(
  onDeployment<ShowOptions>(async (run, { utc }) => {
    const found = await statusOf(run.deployment, () => connectedAccounts(run))
    const { lastDelivery, lastFailure, accounts, later } = found
    const busiest = await busiestAccounts(run.deployment, later.events)
    const first = ({ events: [event] }: FeedPage) => (event ? eventJson(event) : null)
    run.out.result(
      {
        deployment: run.deployment.name,
        handling: found.handling,
        queue: found.queue,
        oldestMessage: oldestJson(found.oldest),
        aside: asideJson(found),
        later: laterJson(found),
        busiestAccount: { lately: busiest.lately ?? null, later: busiest.later ?? null },
        deadLetters: found.deadLetters,
        lastDelivery: first(lastDelivery),
        lastFailure: first(lastFailure),
        accounts: accounts.map(accountJson),
      },
      statusLines(found, busiest, run, utc),
    )
  }),
)
