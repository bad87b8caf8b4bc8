import { type Duration, Duration as Durations } from 'aws-cdk-lib'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { retentionOf } from '../../shared/ledger/retention.ts'
import { nameProblems, timeoutProblems } from '../settings/setting-problems.ts'
import type { HandlerSettings } from '../settings/settings.ts'
import * as defaults from '../settings/topology.ts'
import type { SmokeballWebhooksProps } from './smokeball-webhooks.ts'

/** The construct's props with every default in its place. */
export interface ResolvedProps {
  handlers: HandlerSettings
  toleranceMs: number
  connectedAccountsOnly: boolean
  maxConcurrency: number
  maxAttempts: number
  eventRetentionDays: number
  ledgerRetentionDays: number
  visibilityTimeout: Duration
  subscriptionCheck: Duration
  receiver: { memoryMb: number; timeout: Duration }
  consumer: { memoryMb: number; timeout: Duration }
  keeper: { memoryMb: number; timeout: Duration }
  throttling: { perSecond: number; burst: number }
  tracing: boolean
  logRetention: RetentionDays
}

/** What cannot work once it is deployed, found at synth. The message names all that is wrong, and each fix. */
export class InvalidWebhooksProps extends Error {
  readonly code = 'INVALID_WEBHOOKS_PROPS'

  constructor(problems: readonly string[]) {
    super(`SmokeballWebhooks cannot be deployed so:\n${problems.map((problem) => `- ${problem}`).join('\n')}`)
    this.name = 'InvalidWebhooksProps'
  }
}

/** Puts in the defaults and checks what AWS would find out late, or never. Throws `InvalidWebhooksProps`. */
export function resolveProps(props: SmokeballWebhooksProps): ResolvedProps {
  const { handlers = {} } = props
  const consumerSeconds = handlers.timeout?.seconds ?? defaults.timeouts.consumerMs / 1000
  const given = {
    consumerSeconds,
    visibilitySeconds: props.visibilityTimeoutSeconds ?? defaults.visibilityTimeouts * consumerSeconds,
    consumerMb: handlers.memoryMb ?? defaults.memoryMb.consumer,
    receiverMb: props.receiver?.memoryMb ?? defaults.memoryMb.receiver,
    receiverMs: props.receiver?.timeoutMs ?? defaults.timeouts.receiverMs,
    toleranceMs: props.toleranceMs ?? defaults.toleranceMs,
    maxConcurrency: props.maxConcurrency ?? defaults.maxConcurrency,
    maxAttempts: props.maxAttempts ?? defaults.maxAttempts,
    eventDays: props.eventRetentionDays ?? defaults.retention.eventDays,
    ledgerDays: props.ledgerRetentionDays ?? defaults.retention.ledgerDays,
    checkMinutes: props.subscriptionCheckMinutes ?? defaults.subscriptionCheckMinutes,
    logDays: props.logRetentionDays ?? defaults.logRetentionDays,
    throttling: props.throttling ?? defaults.throttling,
  }
  const problems = [
    ...timeProblems(given),
    ...limitProblems(given),
    ...retentionProblems(given),
    ...timeoutProblems(handlers),
    ...nameProblems(handlers),
    ...alarmProblems(props.alarms),
  ]
  if (problems.length > 0) throw new InvalidWebhooksProps(problems)
  return {
    handlers,
    toleranceMs: given.toleranceMs,
    connectedAccountsOnly: props.connectedAccountsOnly ?? false,
    maxConcurrency: given.maxConcurrency,
    maxAttempts: given.maxAttempts,
    eventRetentionDays: given.eventDays,
    ledgerRetentionDays: given.ledgerDays,
    visibilityTimeout: Durations.seconds(given.visibilitySeconds),
    subscriptionCheck: Durations.minutes(given.checkMinutes),
    receiver: { memoryMb: given.receiverMb, timeout: Durations.millis(given.receiverMs) },
    consumer: { memoryMb: given.consumerMb, timeout: Durations.seconds(consumerSeconds) },
    keeper: { memoryMb: defaults.memoryMb.keeper, timeout: Durations.millis(defaults.timeouts.keeperMs) },
    throttling: given.throttling,
    tracing: props.tracing ?? false,
    logRetention: given.logDays,
  }
}

const dayMs = 86_400_000
/** A hundred years: beyond, a time to live is none. */
const maxDays = 36_500

interface Given {
  consumerSeconds: number
  visibilitySeconds: number
  consumerMb: number
  receiverMb: number
  receiverMs: number
  toleranceMs: number
  maxConcurrency: number
  maxAttempts: number
  eventDays: number
  ledgerDays: number
  checkMinutes: number
  logDays: number
  throttling: { perSecond: number; burst: number }
}

function timeProblems(given: Given): string[] {
  const { consumerSeconds, visibilitySeconds, receiverMs, toleranceMs, checkMinutes } = given
  const least = defaults.visibilityTimeouts * consumerSeconds
  return [
    isWhole(consumerSeconds, 1) &&
      !isWhole(visibilitySeconds, least) &&
      `visibilityTimeoutSeconds is ${visibilitySeconds}: give at least ${least} whole seconds, six times the consumer's timeout, or a batch that is still under way is handed out again.`,
    visibilitySeconds > 43_200 &&
      `visibilityTimeoutSeconds is ${visibilitySeconds}: SQS hides a message for at most 43200 (12 hours).`,
    receiverMs > defaults.maxReceiverTimeoutMs &&
      `receiver.timeoutMs is ${receiverMs}: give at most ${defaults.maxReceiverTimeoutMs}, since Smokeball gives up after 10 seconds.`,
    !(receiverMs >= 1000 && receiverMs % 1000 === 0) &&
      `receiver.timeoutMs is ${receiverMs}: give whole seconds, such as ${defaults.timeouts.receiverMs}.`,
    !isWhole(toleranceMs, 10_000, dayMs) &&
      `toleranceMs is ${toleranceMs}: give whole milliseconds, from 10000, since clocks differ and a delivery is under way for up to ten seconds, to ${dayMs}, since an old delivery may be sent again by anybody who has seen it; such as ${defaults.toleranceMs}.`,
    !isWhole(checkMinutes, defaults.timeouts.keeperMs / 60_000, 1440) &&
      `subscriptionCheckMinutes is ${checkMinutes}: give whole minutes, from 5, since a look at all firms may take as long, to 1440 (a day), since events are lost while a subscription is missing; such as ${defaults.subscriptionCheckMinutes}.`,
  ].filter((problem) => problem !== false)
}

function limitProblems(given: Given): string[] {
  const { consumerMb, receiverMb, maxConcurrency, maxAttempts, throttling, logDays } = given
  const days = Object.values(RetentionDays).filter((value) => typeof value === 'number' && value < 9999)
  return [
    !isWhole(consumerMb, 128, 10_240) &&
      `handlers.memoryMb is ${consumerMb}: Lambda takes 128 to 10240 whole MB.`,
    !isWhole(receiverMb, 128, 10_240) &&
      `receiver.memoryMb is ${receiverMb}: Lambda takes 128 to 10240 whole MB.`,
    !isWhole(maxConcurrency, 2, 1000) &&
      `maxConcurrency is ${maxConcurrency}: an event source mapping takes 2 to 1000.`,
    !isWhole(maxAttempts, 1, 100) &&
      `maxAttempts is ${maxAttempts}: give 1 to 100 attempts; beyond, the queue itself would give events up, without a reason.`,
    !(throttling.perSecond > 0 && isWhole(throttling.burst, 1)) &&
      'throttling lets no delivery in: give `perSecond` above 0 and `burst` of at least 1.',
    !days.includes(logDays) && `logRetentionDays is ${logDays}: CloudWatch Logs takes ${days.join(', ')}.`,
  ].filter((problem) => problem !== false)
}

function retentionProblems({ eventDays, ledgerDays }: Given): string[] {
  if (!isWhole(eventDays, 1, maxDays) || !isWhole(ledgerDays, 1, maxDays))
    return [
      `eventRetentionDays is ${eventDays} and ledgerRetentionDays ${ledgerDays}: give whole days, up to ${maxDays}.`,
    ]
  try {
    retentionOf({ events: eventDays, ledgers: ledgerDays })
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

function alarmProblems(alarms: SmokeballWebhooksProps['alarms'] | undefined): string[] {
  if (alarms && ('topic' in alarms ? alarms.topic : alarms.none?.trim())) return []
  return ["alarms is to be decided: `{ topic }` for who is told, or `{ none: 'why nobody needs to know' }`."]
}

function isWhole(value: number, least: number, most = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isInteger(value) && value >= least && value <= most
}
