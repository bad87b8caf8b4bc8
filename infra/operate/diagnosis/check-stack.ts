import { GetAccountSettingsCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import { commandLine } from '../../../shared/runtime/command-line.ts'
import { mappingsOf } from '../handling.ts'
import { advised, type Finding, right } from './finding.ts'

/** Below it, AWS lets no function reserve concurrency: it keeps so much for all that reserve none. */
export const unreservedAtLeast = 100

export interface ConcurrencyDeps {
  lambda: Pick<LambdaClient, 'send'>
  outputs: { readonly ConsumerName?: string }
}

/** What an AWS account has for concurrent invocations in a region. */
interface AccountConcurrency {
  /** What all functions have together. */
  all: number
  /** What is not reserved for some function. */
  unreserved: number
}

/** Throws what Lambda does. https://docs.aws.amazon.com/lambda/latest/api/API_AccountLimit.html */
export async function accountConcurrency(
  { lambda }: Pick<ConcurrencyDeps, 'lambda'>,
  signal: AbortSignal,
): Promise<AccountConcurrency> {
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}), { abortSignal: signal })
  const { ConcurrentExecutions: all = 0, UnreservedConcurrentExecutions: unreserved = all } =
    AccountLimit ?? {}
  return { all, unreserved }
}

/** The command that asks AWS for the usual concurrency of an account. */
export const askForConcurrency = commandLine('aws service-quotas request-service-quota-increase', {
  options: { 'service-code': 'lambda', 'quota-code': 'L-B99A9384', 'desired-value': '1000' },
})

/** The keeper runs once at a time, mostly. */
const ofKeeper = 1

/** Whether the account lets enough functions run at once. New accounts have 10. Not being told is no failure. */
export async function checkConcurrency(deps: ConcurrencyDeps, signal: AbortSignal): Promise<Finding> {
  const check = 'concurrency'
  try {
    const { all } = await accountConcurrency(deps, signal)
    if (all >= unreservedAtLeast) return right(check, `the account runs ${all} Lambda invocations at once`)
    const mappings = await mappingsOf({ ...deps, consumerName: deps.outputs.ConsumerName ?? '' }, signal)
    const ofHandling = mappings.reduce(
      (sum, { ScalingConfig }) => sum + (ScalingConfig?.MaximumConcurrency ?? 0),
      0,
    )
    const left = Math.max(0, all - ofHandling - ofKeeper)
    return advised(
      check,
      `the account runs no more than ${all} Lambda invocations at once. Handling may take ${ofHandling} of them and the ` +
        `keeper ${ofKeeper}, so that ${left} may be left for the receiver. What it cannot take is refused, and Smokeball ` +
        'promises no second delivery',
      `Ask AWS for more, in this region: ${askForConcurrency}`,
    )
  } catch (error) {
    return notTold(
      check,
      'how many Lambda invocations the account runs at once',
      error,
      'lambda:GetAccountSettings',
    )
  }
}

const someone = 'ops@firm.example'

/** Whether anybody has confirmed a subscription of the topic of alarms. Not being told is no failure. */
export async function checkAlarms(topicArn: string | undefined, signal: AbortSignal): Promise<Finding> {
  const check = 'alarms'
  if (!topicArn) return right(check, 'the stack has none')
  try {
    const { confirmed, pending } = await subscribersOf(topicArn, signal)
    if (confirmed > 0)
      return right(check, `they are told to ${confirmed} subscription(s) of the stack's topic`)
    if (pending > 0)
      return advised(
        check,
        `nobody is told of alarms: ${pending} subscription(s) wait to be confirmed`,
        'Follow the link in the mail from AWS Notifications; deploying anew does not send it again.',
      )
    const subscribe = commandLine('aws sns subscribe', {
      options: { 'topic-arn': topicArn, protocol: 'email', 'notification-endpoint': someone },
    })
    return advised(
      check,
      'nobody is told of alarms',
      `Set \`stack: { alarmEmails: ['${someone}'] }\` in infra/handlers.ts and deploy, or subscribe by other means: ${subscribe}`,
    )
  } catch (error) {
    return notTold(check, 'whether anybody is told of alarms', error, 'sns:ListSubscriptionsByTopic')
  }
}

/** https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html: until it is confirmed, one has no ARN. */
async function subscribersOf(
  topicArn: string,
  signal: AbortSignal,
): Promise<{ confirmed: number; pending: number }> {
  const { SNSClient, paginateListSubscriptionsByTopic } = await import('@aws-sdk/client-sns')
  const [, , , region = ''] = topicArn.split(':')
  const client = new SNSClient({ region })
  try {
    const counts = { confirmed: 0, pending: 0 }
    for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic(
      { client },
      { TopicArn: topicArn },
      { abortSignal: signal },
    ))
      for (const { SubscriptionArn } of Subscriptions) {
        if (SubscriptionArn?.startsWith('arn:')) counts.confirmed += 1
        if (SubscriptionArn === 'PendingConfirmation') counts.pending += 1
      }
    return counts
  } finally {
    client.destroy()
  }
}

function notTold(check: string, what: string, error: unknown, action: string): Finding {
  const { name } = error instanceof Error ? error : new Error()
  return advised(
    check,
    `AWS did not tell ${what} (${name})`,
    `Get the permission ${action} to have it checked.`,
  )
}
