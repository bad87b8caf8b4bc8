import { ArnFormat, CfnParameter, RemovalPolicy, Stack, type StackProps, Token } from 'aws-cdk-lib'
import { type IKey, Key } from 'aws-cdk-lib/aws-kms'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import type { Construct } from 'constructs'
import type { HandlerSettings } from '../settings/settings.ts'
import { hasAlarmTopic, production } from '../settings/stages.ts'
import { accountsParameter } from '../settings/topology.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { SmokeballWebhooks } from './smokeball-webhooks.ts'

export interface WebhooksStackProps extends StackProps {
  /** `prod` keeps its data and tells of trouble; any other stage leaves nothing but its secrets, and tells nobody. */
  readonly stage: string
  readonly settings: HandlerSettings
  /** @default nothing is added */
  readonly extend?: Extend | undefined
}

/**
 * Adds resources of one's own to the stack of a stage: `infra/handlers.ts` exports it as `extend`. It is called once the
 * pipeline is in the stack, for every stage; `smokeball` is the pipeline, with its grants and metrics.
 */
export type Extend = (stack: Stack, smokeball: SmokeballWebhooks) => void

/** The pipeline of one stage. */
export class WebhooksStack extends Stack {
  readonly webhooks: SmokeballWebhooks

  constructor(scope: Construct, id: string, { stage, settings, extend, ...props }: WebhooksStackProps) {
    super(scope, id, props)
    const {
      alarmEmails = [],
      encryptionKey: keyArn,
      previousEncryptionKeys,
      ...options
    } = settings.stack ?? {}
    const isProduction = stage === production
    const encryptionKey = keyArn === undefined ? undefined : this.importKey('encryptionKey', keyArn)
    const topic = hasAlarmTopic(stage, alarmEmails) ? this.alarmTopic(alarmEmails, encryptionKey) : undefined
    this.webhooks = new SmokeballWebhooks(this, 'Webhooks', {
      ...options,
      handlers: settings,
      alarms: topic ? { topic } : { none: `stage ${stage}: nobody is to be woken` },
      ...(encryptionKey && { encryptionKey }),
      ...(previousEncryptionKeys && {
        previousEncryptionKeys: previousEncryptionKeys.map((arn, nth) =>
          this.importKey(`previousEncryptionKeys.${nth}`, arn),
        ),
      }),
      removalPolicy: isProduction ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    })
    if (options.connectedAccountsOnly === undefined) this.keepConnectedAccountsOnly()
    const extended: unknown = extend?.(this, this.webhooks)
    if (extended instanceof Promise) {
      extended.catch(() => {}) // Else Node would end at its rejection, and tell of it alone.
      throw new UsageError(
        'infra/handlers.ts: `extend` has to be done when it returns: a function without `async`, and `await` above it.',
      )
    }
  }

  /** It is imported, so that the stack cannot change its policy, and the role of the deployment needs no right to. */
  private importKey(setting: string, arn: string): IKey {
    const { region } = Stack.of(this).splitArn(arn, ArnFormat.SLASH_RESOURCE_NAME)
    if (!Token.isUnresolved(this.region) && region !== this.region)
      throw new UsageError(
        `stack.${setting} is of the region ${region}, and the stack is in ${this.region}: name a key of that region.`,
      )
    return Key.fromKeyArn(this, setting, arn)
  }

  private alarmTopic(emails: readonly string[], masterKey: IKey | undefined): Topic {
    const topic = new Topic(this, 'Alarms', {
      displayName: `${this.stackName} alarms`,
      enforceSSL: true,
      ...(masterKey && { masterKey }),
    })
    for (const email of emails) topic.addSubscription(new EmailSubscription(email))
    return topic
  }

  /**
   * Which accounts' events are taken, unless the settings say it: as the stack has it. `npm run deploy` turns it on for a new
   * stack; nothing else tells a new one from one that was there before, whose firms may not all be connected.
   */
  private keepConnectedAccountsOnly(): void {
    const parameter = new CfnParameter(this, accountsParameter, {
      description: 'Whether events of connected accounts alone are taken. npm run deploy turns it on.',
      allowedValues: ['true', 'false'],
      default: 'false',
    })
    this.webhooks.takeConnectedAccountsOnly(parameter.valueAsString)
  }
}
