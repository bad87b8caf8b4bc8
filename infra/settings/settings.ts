import type { ISecurityGroup, IVpc, SecurityGroup, SubnetSelection, Vpc } from 'aws-cdk-lib/aws-ec2'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import type { FakeRoutes } from './fake-routes.ts'

/**
 * What can be set, for editors and readers: its comments are the texts of docs/settings.md, too. Limits and defaults are in
 * `settings-schema.ts`, which TypeScript holds to these types.
 */

/** What `infra/handlers.ts` default-exports: settings, or a function that makes them for a stage (`prod`, `dev`, …, `local`). */
export type Settings = HandlerSettings | ((stage: string) => HandlerSettings)

/** What the handlers need of their Lambda, the consumer. */
export interface HandlerSettings {
  /**
   * Environment variables of the handlers. `npm start` takes the same names from `.env`, and no values from here.
   * @default none
   */
  readonly environment?: Readonly<Record<string, string>>
  /**
   * Secrets that handlers ask for by `secret(name)`: name → name or ARN of a secret in Secrets Manager. They are read
   * once a process. `npm start` takes their values from `.env`.
   * @default none
   */
  readonly secrets?: Readonly<Record<string, string>>
  /**
   * Lets the consumer do more: `(consumer) => bucket.grantPut(consumer)`.
   * @default none
   */
  grants?(consumer: IFunction): void
  /**
   * Puts the consumer into a network, where it needs a way out to AWS and to Smokeball's API: see docs/networks-and-databases.md.
   * @default none: outside any VPC, with the internet in reach
   */
  vpc?(scope: Construct): ConsumerNetwork
  /**
   * Time limit of an invocation, which handles up to ten events. The queue's visibility timeout follows it.
   * @default { seconds: 30 }
   */
  readonly timeout?: { readonly seconds: number }
  /**
   * Memory of the consumer, in MB. CPU comes with it. A consumer with full batches peaks at 143 MB, and handlers need room.
   * @default 512
   */
  readonly memoryMb?: number
  /**
   * Packages that cannot be bundled, since they are native: installed beside the bundle, for Linux on arm64, from
   * prebuilt binaries, with none of their scripts run.
   * @default none
   */
  readonly nodeModules?: readonly string[]
  /**
   * A handlers file elsewhere, from the project's root.
   * @default 'functions/handlers/index.ts'
   */
  readonly handlersEntry?: string
  /**
   * What the fake Smokeball of `start --fake-smokeball` answers beside what it has, or instead of that. A deployment
   * knows nothing of it.
   * @default nothing
   */
  readonly fakeRoutes?: FakeRoutes
  /**
   * What else of the stack can be chosen.
   * @default as each of its settings says
   */
  readonly stack?: StackSettings
}

/** The CDK's classes are named beside their interfaces, which they do not fit under `exactOptionalPropertyTypes`. */
export interface ConsumerNetwork {
  readonly vpc: IVpc | Vpc
  /** @default private subnets with a way out */
  readonly vpcSubnets?: SubnetSelection
  /** @default one that lets out and nothing in */
  readonly securityGroups?: (ISecurityGroup | SecurityGroup)[]
}

/** What can be chosen of the stack beside its handlers. */
export interface StackSettings extends WebhooksOptions {
  /**
   * Who gets the alarms by mail; each has to confirm once.
   * @default nobody: the stack's topic can be subscribed to by other means
   */
  readonly alarmEmails?: readonly string[]
  /**
   * The ARN of a key of your own in KMS, which encrypts the event table, the queues, the secrets, the logs and the topic of
   * alarms. Its policy has to allow what docs/encryption.md says.
   * @default keys that AWS holds
   */
  readonly encryptionKey?: string
  /**
   * Former values of `encryptionKey`, which the functions go on to use for what is encrypted with them, also when there is no
   * `encryptionKey` any more: see docs/encryption.md.
   * @default none
   */
  readonly previousEncryptionKeys?: readonly string[]
}

/** A host name of one's own for the callback URL. */
export interface CallbackDomainSetting {
  /** The host name: `hooks.firm.example`. */
  readonly name: string
  /** A certificate of ACM in the stack's region that covers the name. */
  readonly certificateArn: string
  /**
   * The zone in Route 53 that gets the name's record.
   * @default none: you set the record where the domain's DNS is
   */
  readonly hostedZone?: { readonly id: string; readonly name: string }
}

/** What can be chosen of the pipeline. */
export interface WebhooksOptions {
  /**
   * A host name of your own for the callback URL, with a certificate of ACM in the stack's region. With `hostedZone`, the stack
   * sets the name's record in Route 53; without, `npm run deploy` tells the record to set. The keeper moves the subscriptions
   * once the name answers: see docs/custom-domain.md.
   * @default none: the callback URL is the one that API Gateway makes
   */
  readonly domain?: CallbackDomainSetting
  /**
   * Former values of `domain`, which answer until no subscription is left there: see docs/custom-domain.md.
   * @default none
   */
  readonly previousDomains?: readonly CallbackDomainSetting[]
  /**
   * Accepted age of a delivery, either way, in milliseconds.
   * @default 300_000, five minutes
   */
  readonly toleranceMs?: number
  /**
   * Takes events of connected accounts alone, and of the system: the body, which says whose an event is, is not signed. Others
   * become dead letters; those of an account that was removed in the last 45 days are dropped, and recorded. `npm start` takes
   * all.
   * @default what the stack has: on for a new one; for one that was there before, `npm run deploy` tells whose events came
   * in the last 30 days, and turns it on when all of them are connected
   */
  readonly connectedAccountsOnly?: boolean
  /**
   * Batches of up to ten events that are handled at once, at least 2. So many are needed: events a second at the busiest, times the
   * seconds that a batch takes, divided by ten.
   * @default 5
   */
  readonly maxConcurrency?: number
  /**
   * Failed attempts of a handler after which its event goes to the dead-letter queue.
   * @default 20, about 70 minutes
   */
  readonly maxAttempts?: number
  /**
   * How many days events are kept, with their bodies: at least 30.
   * @default 30
   */
  readonly eventRetentionDays?: number
  /**
   * How many days the bodies of events are kept that are done with: at least 1, and no longer than events. What is to be run again,
   * and dead letters, keep theirs. With fewer days than events, each event costs one write more.
   * @default as long as events
   */
  readonly bodyRetentionDays?: number
  /**
   * How many days it is kept what was handled of each resource: longer than events are.
   * @default 400
   */
  readonly ledgerRetentionDays?: number
  /**
   * How long an unfinished invocation hides its messages, in seconds: at least six times its time limit.
   * @default six times the consumer's `timeout`
   */
  readonly visibilityTimeoutSeconds?: number
  /**
   * How often the keeper sees to it that each firm's subscription exists and is right, in minutes, from 5 to 1440.
   * @default 60
   */
  readonly subscriptionCheckMinutes?: number
  /**
   * When each firm's lists at Smokeball are walked for changes that no delivery has told of: each night, after so many hours, or
   * never.
   * @default 'night'
   */
  readonly catchUp?: 'night' | 'off' | { readonly hours: number }
  /**
   * Memory, time limit and reserved concurrency of the receiver. CPU comes with memory. A receiver peaks at 70 MB with a body of
   * 1 KB, and at 290 MB with one of 5.5 MB, which is about as much as an invocation takes. What is reserved is the receiver's
   * alone, whatever else runs in the account, and it is the most that runs at once.
   * @default { memoryMb: 512, timeoutMs: 8_000 }, with nothing reserved
   */
  readonly receiver?: {
    readonly memoryMb?: number
    readonly timeoutMs?: number
    readonly reservedConcurrency?: number
  }
  /**
   * Deliveries that API Gateway lets in, of all firms together. It answers 429 to what is beyond, and Smokeball may not send
   * that again. AWS lets in 10,000 a second for all APIs of an account and region.
   * @default { perSecond: 1_000, burst: 2_000 }
   */
  readonly throttling?: { readonly perSecond: number; readonly burst: number }
  /**
   * AWS X-Ray on all functions, which costs per trace.
   * @default false
   */
  readonly tracing?: boolean
  /**
   * A dashboard in CloudWatch, which costs $3 a month beyond the three that an account has for nothing.
   * @default true
   */
  readonly dashboard?: boolean
  /**
   * How many days logs are kept.
   * @default 30
   */
  readonly logRetentionDays?: number
}
