import { Duration, type RemovalPolicy, Token } from 'aws-cdk-lib'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type * as z from 'zod'
import { retentionOf } from '../../shared/ledger/retention.ts'
import { regionOfCertificate } from '../settings/domain-setting.ts'
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
   * Former values of `encryptionKey`, also when there is none now. The functions go on to read and write what is encrypted with
   * them: docs/encryption.md.
   * @default none
   */
  readonly previousEncryptionKeys?: readonly IKey[]
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
  previousEncryptionKeys: readonly IKey[]
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

/**
 * Puts in the defaults and checks what AWS would find out late, or never. `region`: the stack's, or a token of it. Throws
 * `InvalidWebhooksProps`.
 */
export function resolveProps(props: SmokeballWebhooksProps, region: string): ResolvedProps {
  const { alarms, handlers = {}, encryptionKey, previousEncryptionKeys = [], ...others } = props
  const { removalPolicy: _, ...given } = others
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
    ...domainProblems(options, region),
  ]
  if (contradictions.length > 0) throw new InvalidWebhooksProps(contradictions)
  return {
    ...options,
    handlers,
    encryptionKey,
    previousEncryptionKeys,
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

function retentionProblems(options: z.output<typeof webhooksOptions>): string[] {
  try {
    retentionOf({
      events: options.eventRetentionDays,
      ledgers: options.ledgerRetentionDays,
      bodies: options.bodyRetentionDays,
    })
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

function domainProblems(
  { domain, previousDomains = [] }: Pick<z.output<typeof webhooksOptions>, 'domain' | 'previousDomains'>,
  region: string,
): string[] {
  const all = [
    ...(domain ? [{ ...domain, at: 'domain' }] : []),
    ...previousDomains.map((each, nth) => ({ ...each, at: `previousDomains.${nth}` })),
  ]
  return all.flatMap(({ at, name, certificateArn }, nth) => {
    const isTwice = all.findIndex((each) => each.name === name) < nth
    const where = regionOfCertificate(certificateArn)
    const isElsewhere = where !== undefined && !Token.isUnresolved(region) && where !== region
    return [
      ...(isTwice ? [`${at}.name: ${name} is there twice: give each name once.`] : []),
      ...(isElsewhere
        ? [
            `${at}.certificateArn is in ${where}, and the stack in ${region}: API Gateway takes a certificate of its own region alone, so request one for ${name} in ${region} and give its ARN.`,
          ]
        : []),
    ]
  })
}

function alarmProblems(alarms: SmokeballWebhooksProps['alarms'] | undefined): string[] {
  if (alarms && ('topic' in alarms ? alarms.topic : alarms.none?.trim())) return []
  return ["alarms is to be decided: `{ topic }` for who is told, or `{ none: 'why nobody needs to know' }`."]
}
