import type { Account } from '../../shared/smokeball-api/account.ts'
import type { WebhooksOptions } from '../settings/settings.ts'
import { UsageError } from '../terminal/usage-error.ts'
import type { StackOutputs } from './stack-outputs.ts'

export interface FormerDomains {
  /** The outputs of the stack. */
  before: StackOutputs
  settings: Pick<WebhooksOptions, 'domain' | 'previousDomains'> | undefined
  /** The accounts in the stack's table. */
  accounts(tableName: string): Promise<readonly Pick<Account, 'subscription'>[]>
}

/**
 * Throws `UsageError` where a domain would stop to answer though there are subscriptions of it: what Smokeball sends there
 * until the keeper has moved them would be lost.
 */
export async function checkFormerDomains({ before, settings, accounts }: FormerDomains): Promise<void> {
  if (!before.OwnUrls || !before.TableName) return
  const { domain, previousDomains = [] } = settings ?? {}
  const names = [...(domain ? [domain] : []), ...previousDomains].map(({ name }) => name)
  // The first one is API Gateway's own, which stays.
  const [, ...urls] = before.OwnUrls.split(' ')
  const gone = urls.filter((url) => !names.includes(new URL(url).hostname))
  if (gone.length === 0) return
  const known = await accounts(before.TableName).catch((cause: unknown) => {
    throw new UsageError(
      `Whether there are subscriptions of ${gone.join(' and ')} could not be told, and the next deployment would end what ` +
        'answers there. Get the permission dynamodb:Query on the event table, or keep the domain in `stack.previousDomains`.',
      { cause },
    )
  })
  const left = known.filter(({ subscription }) => subscription && gone.includes(subscription.url))
  if (left.length === 0) return
  const hosts = gone.map((url) => new URL(url).hostname).join(' and ')
  throw new UsageError(
    `Deliveries would be lost: ${hosts} would stop to answer, and the subscriptions of ${left.length} account(s) are still ` +
      'there. In infra/handlers.ts, put what was the domain into `stack.previousDomains`, and deploy. Once doctor tells of no ' +
      'subscription that is still to be moved, take it out, and deploy again.',
  )
}
