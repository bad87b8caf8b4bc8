import { type Duration, Duration as Durations, Token } from 'aws-cdk-lib'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { variables } from '../../shared/environment.ts'
import { retentionOf } from '../../shared/retention.ts'
import type { HandlerSettings } from '../settings.ts'
import type { SmokeballWebhooksProps } from '../smokeball-webhooks.ts'
import * as defaults from '../topology.ts'

/** The construct's props with every default in its place. */
export interface ResolvedProps {
  handlers: HandlerSettings
  toleranceMs: number
  maxConcurrency: number
  maxAttempts: number
  eventRetentionDays: number
  ledgerRetentionDays: number
  visibilityTimeout: Duration
  receiver: { memoryMb: number; timeout: Duration }
  consumer: { memoryMb: number; timeout: Duration }
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
    logDays: props.logRetentionDays ?? defaults.logRetentionDays,
    throttling: props.throttling ?? defaults.throttling,
  }
  const problems = [
    ...timeProblems(given),
    ...limitProblems(given),
    ...retentionProblems(given),
    ...nameProblems(handlers),
    ...alarmProblems(props.alarms),
  ]
  if (problems.length > 0) throw new InvalidWebhooksProps(problems)
  return {
    handlers,
    toleranceMs: given.toleranceMs,
    maxConcurrency: given.maxConcurrency,
    maxAttempts: given.maxAttempts,
    eventRetentionDays: given.eventDays,
    ledgerRetentionDays: given.ledgerDays,
    visibilityTimeout: Durations.seconds(given.visibilitySeconds),
    receiver: { memoryMb: given.receiverMb, timeout: Durations.millis(given.receiverMs) },
    consumer: { memoryMb: given.consumerMb, timeout: Durations.seconds(consumerSeconds) },
    throttling: given.throttling,
    tracing: props.tracing ?? false,
    logRetention: given.logDays,
  }
}

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
  logDays: number
  throttling: { perSecond: number; burst: number }
}

function timeProblems(given: Given): string[] {
  const { consumerSeconds, visibilitySeconds, receiverMs, toleranceMs } = given
  const least = defaults.visibilityTimeouts * consumerSeconds
  return [
    !isWhole(consumerSeconds, 1, 900) &&
      `handlers.timeout is ${consumerSeconds} s: give Lambda 1 to 900 whole seconds.`,
    visibilitySeconds < least &&
      `visibilityTimeoutSeconds is ${visibilitySeconds}: give it at least ${least}, six times the consumer's timeout, or a batch that is still under way is handed out again.`,
    visibilitySeconds > 43_200 &&
      `visibilityTimeoutSeconds is ${visibilitySeconds}: SQS hides a message for at most 43200 (12 hours).`,
    receiverMs > defaults.maxReceiverTimeoutMs &&
      `receiver.timeoutMs is ${receiverMs}: give at most ${defaults.maxReceiverTimeoutMs}, since Smokeball gives up after 10 seconds.`,
    !(receiverMs >= 1000 && receiverMs % 1000 === 0) &&
      `receiver.timeoutMs is ${receiverMs}: give whole seconds, such as ${defaults.timeouts.receiverMs}.`,
    !isWhole(toleranceMs, 1) &&
      `toleranceMs is ${toleranceMs}: no delivery would be young enough. Give milliseconds, such as ${defaults.toleranceMs}.`,
    toleranceMs > 0 &&
      toleranceMs < 10_000 &&
      `toleranceMs is ${toleranceMs}: Smokeball's clock and yours may differ by seconds, and a delivery is under way for up to ten. Give milliseconds, such as ${defaults.toleranceMs}.`,
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
    !isWhole(maxAttempts, 1) && `maxAttempts is ${maxAttempts}: give at least one attempt.`,
    !(isWhole(throttling.perSecond, 1) && isWhole(throttling.burst, 1)) &&
      'throttling lets no delivery in: give `perSecond` and `burst` of at least 1.',
    !days.includes(logDays) && `logRetentionDays is ${logDays}: CloudWatch Logs takes ${days.join(', ')}.`,
  ].filter((problem) => problem !== false)
}

function retentionProblems({ eventDays, ledgerDays }: Given): string[] {
  try {
    retentionOf({ events: eventDays, ledgers: ledgerDays })
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

/** Names that Lambda or this project has taken would be overwritten silently, or refused only when deployed. */
function nameProblems({ environment = {}, secrets = {} }: HandlerSettings): string[] {
  const taken: readonly string[] = Object.values(variables)
  return [
    ...Object.keys({ ...environment, ...secrets })
      .filter((name) => !/^[A-Za-z]\w*$/.test(name))
      .map((name) => `'${name}' is no name of a variable: use letters, digits and '_', a letter first.`),
    ...Object.keys(environment)
      .filter((name) => taken.includes(name) || /^(AWS|LAMBDA)_/.test(name))
      .map((name) => `handlers.environment sets ${name}, which is not free: give it another name.`),
    ...Object.entries(environment)
      .filter(([, value]) => typeof value !== 'string')
      .map(([name, value]) => `handlers.environment.${name} is ${value}: give text.`),
    ...Object.entries(secrets)
      .filter(([, id]) => typeof id !== 'string' || (!Token.isUnresolved(id) && !/^[\w/+=.@:-]+$/.test(id)))
      .map(([name]) => `handlers.secrets.${name}: give the name or ARN of a secret in Secrets Manager.`),
  ]
}

function alarmProblems(alarms: SmokeballWebhooksProps['alarms'] | undefined): string[] {
  if (alarms && 'topic' in alarms) return []
  if (alarms?.none?.trim()) return []
  return ["alarms is to be decided: `{ topic }` for who is told, or `{ none: 'why nobody needs to know' }`."]
}

function isWhole(value: number, least: number, most = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isInteger(value) && value >= least && value <= most
}
