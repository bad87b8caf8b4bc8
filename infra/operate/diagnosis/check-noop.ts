import type { WebhooksApi } from '../../../shared/subscriptions/webhooks-api.ts'
import { awaitNoop } from './await-noop.ts'
import type { Diagnosis, Finding } from './diagnose.ts'
import { logOf } from './log-of.ts'
import { refusal } from './refusal.ts'

/** Has Smokeball send a `noop` by a subscription, and waits until it was handled. */
export async function checkNoop(
  { deployment, keep, timeoutMs, limit, next }: Diagnosis,
  of: { accountId: string; subscriptionId: string; api: WebhooksApi },
): Promise<Finding> {
  const { accountId, subscriptionId, api } = of
  const { dynamodb, outputs } = deployment
  const check = `noop, account ${accountId}`
  try {
    const noop = await awaitNoop(
      { dynamodb, tableName: outputs.TableName, clock: keep.clock },
      { accountId, subscriptionId, timeoutMs, notify: () => api.notify(subscriptionId) },
      limit.signal,
    )
    if (!noop) return { check, isRight: false, said: notSeen(timeoutMs), fix: reasons().join('\n') }
    if (noop.status !== 'failed' && noop.status !== 'dead-lettered')
      return { check, isRight: true, said: `it was sent, verified and taken up within ${noop.ms} ms` }
    const said = `it was sent and verified, and then ${noop.status}`
    const fix = `A handler of noop fails, see the log of the consumer: ${logOf(deployment, 'Consumer')}`
    return { check, isRight: false, said, fix }
  } catch (error) {
    return refusal(check, error, next)
  }

  /** Only the logs tell who refused it, or lost it. */
  function reasons(): string[] {
    const update = next({
      command: 'subscriptions update',
      options: { account: accountId },
      positionals: [subscriptionId],
    })
    return [
      `See the log of the receiver: ${logOf(deployment, 'Receiver')}`,
      `Refused there as bad-signature: the subscription has another key; send it again: ${update}`,
      `Accepted there: the consumer fails, see its log: ${logOf(deployment, 'Consumer')}`,
      `Not there: Smokeball does not reach the URL, or is slow; give it longer: ${next({ command: 'doctor', options: { timeout: '300' } })}`,
    ]
  }
}

function notSeen(timeoutMs: number): string {
  return `Smokeball was asked to send one, and none was handled within ${timeoutMs / 1000} s`
}
