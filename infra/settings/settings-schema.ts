import * as z from 'zod'
import { domainSetting } from './domain-setting.ts'
import { type FakeRoutes, routePattern } from './fake-routes.ts'
import {
  functionThat,
  isObject,
  numberFrom,
  oneOf,
  secretIds,
  texts,
  variableTexts,
} from './setting-kinds.ts'
import type { HandlerSettings, StackSettings, WebhooksOptions } from './settings.ts'
import { maxReceiverTimeoutMs, visibilityTimeouts } from './topology.ts'

/** A schema for each setting; TypeScript holds its type to the one that users see. */
type SchemaOf<Settings> = {
  readonly [Name in keyof Required<Settings>]: z.ZodType<unknown, Given<Settings[Name]> | undefined>
}
/** `undefined` counts as not given. */
type Given<Value> = Value extends (...args: never[]) => unknown
  ? Value
  : { [Name in keyof Value]: Given<Value[Name]> | undefined }

const dayMs = 86_400_000
/** A hundred years: beyond, a time to live is none. */
const maxDays = 36_500
const retentionDays = () => numberFrom(1, maxDays, `whole days, up to ${maxDays}`)
const lambdaMemoryMb = () => numberFrom(128, 10_240, 'what Lambda takes: 128 to 10240 whole MB')
/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const logDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]
const throttlingLimits =
  '`perSecond` above 0 and `burst` of at least 1, or no delivery is let in: { perSecond: 1000, burst: 2000 }'
const keyArns =
  "the whole ARN of a key, and not an alias, which no policy of a role can name: 'arn:aws:kms:eu-west-1:111122223333:key/KEY_ID'"
const keyArn = /^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+$/
const trueOrFalse = () => z.boolean('true or false')

const catchUpChoices = "'night', 'off', or { hours: 6 }, from 1 hour to 168 (a week)"

/** Limits and defaults of what can be chosen of the pipeline. What a setting is for says `settings.ts`. */
export const webhooksOptions = z.strictObject({
  domain: domainSetting().optional(),
  previousDomains: z
    .array(domainSetting(), "a list of former values of `domain`: [{ name: 'hooks.firm.example', … }]")
    .readonly()
    .optional(),
  toleranceMs: numberFrom(
    10_000,
    dayMs,
    `whole milliseconds, from 10000, since clocks differ and a delivery is under way for up to ten seconds, to ${dayMs}, since an old delivery may be sent again by anybody who has seen it; such as 300000`,
  ).default(300_000),
  connectedAccountsOnly: trueOrFalse().optional(),
  maxConcurrency: numberFrom(2, 1000, '2 to 1000, as an event source mapping takes it').default(5),
  maxAttempts: numberFrom(
    1,
    100,
    '1 to 100 attempts; beyond, the queue itself would give events up, without a reason',
  ).default(20),
  // `retentionOf` knows the least of these.
  eventRetentionDays: retentionDays().default(30),
  bodyRetentionDays: retentionDays().optional(),
  ledgerRetentionDays: retentionDays().default(400),
  visibilityTimeoutSeconds: numberFrom(
    1,
    43_200,
    `at least ${visibilityTimeouts} times the consumer's timeout, in whole seconds, and at most 43200 (12 hours), as long as SQS hides a message`,
  ).optional(),
  subscriptionCheckMinutes: numberFrom(
    5,
    1440,
    'whole minutes, from 5, since a run takes half a second for each firm, to 1440 (a day), since events are lost while a subscription is missing; such as 60',
  ).default(60),
  catchUp: z
    .union(
      [
        z.literal(['night', 'off']),
        z.strictObject({ hours: numberFrom(1, 168, catchUpChoices) }, catchUpChoices),
      ],
      catchUpChoices,
    )
    .default('night'),
  receiver: z
    .strictObject(
      {
        memoryMb: lambdaMemoryMb().default(512),
        timeoutMs: numberFrom(
          1000,
          maxReceiverTimeoutMs,
          `whole seconds, such as 8000, and at most ${maxReceiverTimeoutMs}, since Smokeball gives up after 10 seconds`,
          1000,
        ).default(8_000),
        reservedConcurrency: numberFrom(
          1,
          100_000,
          'whole invocations at once, from 1, since 0 would refuse every delivery; such as 50',
        ).optional(),
      },
      '{ memoryMb: 512, timeoutMs: 8_000, reservedConcurrency: 50 }, or some of the three',
    )
    .prefault({}),
  throttling: z
    .strictObject(
      {
        perSecond: z.number(throttlingLimits).positive(throttlingLimits),
        burst: numberFrom(1, Number.MAX_SAFE_INTEGER, throttlingLimits),
      },
      throttlingLimits,
    )
    .default({ perSecond: 1_000, burst: 2_000 }),
  tracing: trueOrFalse().default(false),
  dashboard: trueOrFalse().default(true),
  logRetentionDays: oneOf(logDays, 'days of which CloudWatch Logs takes').default(30),
} satisfies SchemaOf<WebhooksOptions>)

/** What can be chosen of the stack beside its handlers. */
export const stackSettings = webhooksOptions.extend({
  alarmEmails: texts(
    /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/,
    "a list of mail addresses: ['ops@firm.example']",
  ).optional(),
  encryptionKey: z.string(keyArns).regex(keyArn, keyArns).optional(),
  previousEncryptionKeys: texts(
    keyArn,
    "a list of former values of `encryptionKey`: ['arn:aws:kms:eu-west-1:111122223333:key/KEY_ID']",
  ).optional(),
} satisfies SchemaOf<Omit<StackSettings, keyof WebhooksOptions>>)

/** What the handlers need of their Lambda, the consumer. */
export const handlerSettings = z.strictObject({
  environment: variableTexts("texts by name: { CRM_URL: 'https://crm.example' }").optional(),
  secrets: secretIds("ids of secrets by name: { CRM_API_KEY: 'crm/api-key' }").optional(),
  grants: functionThat<NonNullable<HandlerSettings['grants']>>('a function of the consumer').optional(),
  vpc: functionThat<NonNullable<HandlerSettings['vpc']>>('a function of the stack').optional(),
  timeout: z
    .strictObject(
      { seconds: numberFrom(1, 900, 'Lambda { seconds: 1 } to { seconds: 900 }, whole ones') },
      'Lambda { seconds: 1 } to { seconds: 900 }',
    )
    .default({ seconds: 30 }),
  memoryMb: lambdaMemoryMb().default(512),
  nodeModules: texts(/./, "names of packages: ['sharp']").optional(),
  handlersEntry: z.string('a path from the root of the project').optional(),
  fakeRoutes: z
    .custom<FakeRoutes>(
      areRoutes,
      "functions by routes: { 'GET /bankaccounts/{id}': ({ params }) => ({ body: params }) }",
    )
    .optional(),
  stack: stackSettings.optional(),
} satisfies SchemaOf<HandlerSettings>)

function areRoutes(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.entries(value).every(([route, answer]) => routePattern.test(route) && typeof answer === 'function')
  )
}

/** The settings that nobody has chosen. */
export const defaults = { ...webhooksOptions.parse({}), consumer: handlerSettings.parse({}) }
