import { Duration, type RemovalPolicy } from 'aws-cdk-lib'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type * as z from 'zod'
import { retentionOf } from '../../shared/ledger/retention.ts'
import { settingProblems } from '../settings/setting-kinds.ts'
import type { HandlerSettings, WebhooksOptions } from '../settings/settings.ts'
import { handlerSettings, webhooksOptions } from '../settings/settings-schema.ts'
import { visibilityTimeouts } from '../settings/topology.ts'

export interface SmokeballWebhooksProps extends WebhooksOptions {
  /** Who is told when something needs somebody; or why nobody is. */
  readonly alarms: { readonly topic: ITopic } | { readonly none: string }
  /**
   * What the handlers need of their function.
   * @default the handlers of functions/handlers/index.ts, which need nothing
   */
  readonly handlers?: HandlerSettings
  /**
   * Encrypts the event table, the queues, the secrets and the logs. The construct lets CloudWatch use it, by the policy of a key
   * that the app makes; that of an imported one has to allow it already: docs/encryption.md.
   * @default keys that AWS holds
   */
  readonly encryptionKey?: IKey
  /**
   * What becomes of table, queues and logs when the stack goes. The secrets always stay.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy
}

/** The construct's options with every default in its place. */
export interface ResolvedProps extends z.output<typeof webhooksOptions> {
  handlers: HandlerSettings
  encryptionKey: IKey | undefined
  consumer: { memoryMb: number; timeout: Duration }
  visibilityTimeout: Duration
  subscriptionCheck: Duration
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
  const { alarms, handlers = {}, encryptionKey, removalPolicy: _, ...given } = props
  // The settings of the stack are the construct's own options.
  const { stack: __, ...ofFunction } = handlers
  const problems = [
    ...settingProblems(webhooksOptions, given),
    ...settingProblems(handlerSettings, ofFunction, 'handlers.'),
    ...alarmProblems(alarms),
  ]
  if (problems.length > 0) throw new InvalidWebhooksProps(problems)
  const options = webhooksOptions.parse(given)
  const { memoryMb, timeout } = handlerSettings.parse(ofFunction)
  const least = visibilityTimeouts * timeout.seconds
  const { visibilityTimeoutSeconds = least } = options
  const contradictions = [
    ...visibilityProblems(visibilityTimeoutSeconds, least),
    ...retentionProblems(options),
  ]
  if (contradictions.length > 0) throw new InvalidWebhooksProps(contradictions)
  return {
    ...options,
    handlers,
    encryptionKey,
    consumer: { memoryMb, timeout: Duration.seconds(timeout.seconds) },
    visibilityTimeout: Duration.seconds(visibilityTimeoutSeconds),
    subscriptionCheck: Duration.minutes(options.subscriptionCheckMinutes),
  }
}

function visibilityProblems(seconds: number, least: number): string[] {
  if (seconds >= least) return []
  return [
    `visibilityTimeoutSeconds is ${seconds}: give at least ${least}, six times the consumer's timeout, or a batch that is still under way is handed out again.`,
  ]
}

function retentionProblems(options: { eventRetentionDays: number; ledgerRetentionDays: number }): string[] {
  try {
    retentionOf({ events: options.eventRetentionDays, ledgers: options.ledgerRetentionDays })
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

function alarmProblems(alarms: SmokeballWebhooksProps['alarms'] | undefined): string[] {
  if (alarms && ('topic' in alarms ? alarms.topic : alarms.none?.trim())) return []
  return ["alarms is to be decided: `{ topic }` for who is told, or `{ none: 'why nobody needs to know' }`."]
}
