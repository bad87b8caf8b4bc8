import { readFileSync } from 'node:fs'
import { Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { expect, it } from 'vitest'
import { SmokeballWebhooks } from '../../../infra/aws/smokeball-webhooks.ts'
import { asText, shortId } from './as-text.ts'
import { exampleHandlers, newApp, synthesize } from './synthesize.ts'

interface MetricProperties {
  Namespace: string
  MetricName: string
  Dimensions?: { Value: unknown }[]
}

interface AlarmProperties extends Partial<MetricProperties> {
  AlarmDescription: string
  EvaluationPeriods: number
  DatapointsToAlarm: number
  Threshold: number
  Statistic?: string
  Period?: number
  Metrics?: {
    Id: string
    Expression?: string
    MetricStat?: { Metric: MetricProperties; Stat: string; Period: number }
  }[]
}

const { template } = synthesize()
const alarms = alarmsOf(template)

function alarmsOf(of: Template): { name: string; of: AlarmProperties }[] {
  return Object.entries(of.findResources('AWS::CloudWatch::Alarm')).map(([id, { Properties }]) => ({
    name: shortId(id).replace(/^Alarms/, ''),
    of: Properties as AlarmProperties,
  }))
}

/** The metrics that an alarm looks at, one or those of its expression: how, what, of whom. */
function measured({ Metrics = [], Statistic = '', Period = 0, ...alone }: AlarmProperties) {
  const stats = Metrics.flatMap(({ MetricStat }) => MetricStat ?? [])
  const all = alone.MetricName
    ? [{ Metric: alone as unknown as MetricProperties, Stat: Statistic, Period }]
    : stats
  return all.map(({ Metric: { Namespace, MetricName, Dimensions = [] }, Stat, Period: seconds }) => ({
    seconds,
    what: [Stat, Namespace, MetricName, ...Dimensions.map(({ Value }) => asText(Value))].join(' '),
  }))
}

it('tells of what needs somebody, each by its measure and its limit', () => {
  const lines = 'SmokeballWebhooks/Webhooks'
  expect(
    Object.fromEntries(
      alarms.map(({ name, of }) => [name, [...measured(of).map(({ what }) => what), of.Threshold]]),
    ),
  ).toEqual({
    DeadLetters: ['Maximum AWS/SQS ApproximateNumberOfMessagesVisible <QueuesDeadLetters.QueueName>', 0],
    OldEvents: [
      'Maximum AWS/SQS ApproximateAgeOfOldestMessage <QueuesEvents.QueueName>',
      `Maximum ${lines} OldestUnfinishedSeconds`,
      86_400,
    ],
    DelayedEvents: ['Maximum AWS/SQS ApproximateAgeOfOldestMessage <QueuesDelayed.QueueName>', 3_600],
    LostRetries: [`SampleCount ${lines} EventMilliseconds expired`, 0],
    StrayFailures: [`Sum ${lines} StrayFailures`, 0],
    FailingEvents: [`Sum ${lines} FailingEvents`, 0],
    SuspectedLoops: [`Sum ${lines} SuspectedLoops`, 0],
    ReceiverErrors: [
      'Sum AWS/Lambda Errors <ReceiverLambdaFunction>',
      `SampleCount ${lines} DeliveryMilliseconds unavailable`,
      0,
    ],
    ConsumerErrors: [
      'Sum AWS/Lambda Errors <ConsumerLambdaFunction>',
      `SampleCount ${lines} EventMilliseconds error`,
      0,
    ],
    RefusedForAge: [`Sum ${lines} RefusedForAge`, 0],
    Quarantined: [`SampleCount ${lines} DeliveryMilliseconds quarantined`, 0],
    ClientErrors: ['Sum AWS/ApiGateway 4xx <Api> $default', 99],
    ServerErrors: ['Sum AWS/ApiGateway 5xx <Api> $default', 9],
    Throttles: [
      'Sum AWS/Lambda Throttles <ReceiverLambdaFunction>',
      'Sum AWS/Lambda Throttles <ConsumerLambdaFunction>',
      'Sum AWS/Lambda Throttles <KeeperLambdaFunction>',
      0,
    ],
    SubscriptionRepairs: [`Sum ${lines} SubscriptionRepairs`, 0],
    FailingCredentials: [`Sum ${lines} FailingCredentials`, 0],
    KeeperErrors: ['Sum AWS/Lambda Errors <KeeperLambdaFunction>', 2],
  })
})

/** What shows at each of the keeper's runs alone. */
const lasting = ['FailingCredentials', 'KeeperErrors', 'OldEvents']

it.each(alarms)('$name looks at five minutes, or at an hour of the keeper', ({ name, of }) => {
  const seconds = lasting.includes(name) ? 3600 : 300
  expect(new Set(measured(of).map((one) => one.seconds))).toEqual(new Set([seconds]))
})

it('OldEvents takes the greater of its metrics, and one without a value for none', () => {
  const { Metrics = [] } = alarms.find(({ name }) => name === 'OldEvents')?.of ?? {}
  const [expression = ''] = Metrics.flatMap(({ Expression }) => Expression ?? [])
  const ids = Metrics.flatMap(({ Id, MetricStat }) => (MetricStat ? [Id] : []))
  const evaluate = new Function('FILL', 'MAX', ...ids, `return ${expression}`)
  const fill = (value: number | undefined, otherwise: number) => value ?? otherwise
  const of = (...values: (number | undefined)[]) =>
    evaluate(fill, (all: number[]) => Math.max(...all), ...values)
  expect([of(1, 2), of(3, 2), of(undefined, 2), of(1, undefined), of()]).toEqual([2, 3, 2, 1, 0])
})

it.each(alarms.filter(({ name, of }) => of.Metrics && name !== 'OldEvents'))(
  '$name adds up its metrics, and takes one without a value for none',
  ({ of: { Metrics = [] } }) => {
    const [expression = ''] = Metrics.flatMap(({ Expression }) => Expression ?? [])
    const ids = Metrics.flatMap(({ Id, MetricStat }) => (MetricStat ? [Id] : []))
    const evaluate = new Function('FILL', ...ids, `return ${expression}`)
    const sum = (...values: (number | undefined)[]) =>
      evaluate((value: number | undefined, otherwise: number) => value ?? otherwise, ...values)
    expect([sum(...ids.map((_, index) => index + 1)), sum()]).toEqual([
      (ids.length * (ids.length + 1)) / 2,
      0,
    ])
    for (const id of ids) expect(sum(...ids.map((other) => (other === id ? 3 : undefined)))).toBe(3)
  },
)

it.each(alarms)(
  '$name goes to the topic when its limit is passed, and not when nothing happens',
  ({ name, of }) => {
    const times = name === 'ConsumerErrors' ? 3 : 1
    const within = lasting.includes(name) ? 2 : times
    expect(of).toMatchObject({
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      EvaluationPeriods: within,
      DatapointsToAlarm: times,
      AlarmActions: [{ Ref: expect.stringMatching(/^Alarms[0-9A-F]{8}$/) as string }],
    })
    expect(of.AlarmDescription.length).toBeGreaterThan(40)
  },
)

it.each([900, 3600, 43_200])(
  'a consumer whose batches come back after %d s alarms at the third that dies, or as far as a day goes',
  (visibilityTimeoutSeconds) => {
    const settings = { stack: { visibilityTimeoutSeconds } }
    const { of } =
      alarmsOf(synthesize({ settings }).template).find(({ name }) => name === 'ConsumerErrors') ?? {}
    const { EvaluationPeriods = 0, DatapointsToAlarm } = of ?? {}
    expect(DatapointsToAlarm).toBe(3)
    // CloudWatch takes no alarm that looks back further.
    expect(EvaluationPeriods * 300).toBeLessThanOrEqual(86_400)
    expect(EvaluationPeriods * 300).toBeGreaterThanOrEqual(Math.min(3 * visibilityTimeoutSeconds, 86_400))
  },
)

it.each([5, 60, 90, 1440])(
  'of subscriptions that are checked every %d minutes, what lasts alarms once, and not at each check',
  (subscriptionCheckMinutes) => {
    const { template: chosen } = synthesize({ settings: { stack: { subscriptionCheckMinutes } } })
    const found = alarmsOf(chosen).filter(({ name }) => lasting.includes(name))
    expect(found).toHaveLength(lasting.length)
    for (const { of } of found) {
      expect(of.DatapointsToAlarm).toBe(1)
      expect(of.EvaluationPeriods * 60).toBeGreaterThan(subscriptionCheckMinutes)
      // CloudWatch takes no alarm of hours that looks back further than a week.
      expect(of.EvaluationPeriods).toBeLessThanOrEqual(7 * 24)
    }
  },
)

/** What policies of topics say, by statement. */
function topicStatements(of: Template): unknown[] {
  return Object.values(of.findResources('AWS::SNS::TopicPolicy')).flatMap(
    ({ Properties }) => (Properties as { PolicyDocument: { Statement: unknown[] } }).PolicyDocument.Statement,
  )
}

const cloudWatchMayPublish = {
  Effect: 'Allow',
  Action: 'sns:Publish',
  Principal: { Service: 'cloudwatch.amazonaws.com' },
  Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
}

it('CloudWatch may publish to the topic, and nobody does so without TLS', () => {
  expect(topicStatements(template)).toMatchObject([
    { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    cloudWatchMayPublish,
  ])
})

it("CloudWatch may publish to a user's own topic that enforces TLS", () => {
  const stack = new Stack(newApp(), 'Own')
  const topic = new Topic(stack, 'Mine', { enforceSSL: true })
  new SmokeballWebhooks(stack, 'Webhooks', { alarms: { topic }, handlers: exampleHandlers })
  expect(topicStatements(Template.fromStack(stack))).toEqual(
    expect.arrayContaining([expect.objectContaining(cloudWatchMayPublish)]),
  )
})

it.each(alarms)('the page of alarms says what $name means and what to do', ({ name }) => {
  expect(readFileSync('docs/alarms.md', 'utf8').includes(`| \`${name}\` |`)).toBe(true)
})
