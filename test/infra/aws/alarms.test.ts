import { readFileSync } from 'node:fs'
import { Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { expect, it } from 'vitest'
import { SmokeballWebhooks } from '../../../infra/aws/smokeball-webhooks.ts'
import { alarmsOf, evaluated, measured } from './alarm-properties.ts'
import { asText } from './as-text.ts'
import { exampleHandlers, newApp, synthesize } from './synthesize.ts'

const { template } = synthesize()
const alarms = alarmsOf(template)

it('tells of what needs somebody, each by its measure and its limit', () => {
  const lines = 'SmokeballWebhooks/Webhooks'
  expect(
    Object.fromEntries(
      alarms.map(({ name, of }) => [
        name,
        [...measured(of).map(({ statistic, metric }) => `${statistic} ${metric}`), of.Threshold],
      ]),
    ),
  ).toEqual({
    LostDeliveries: ['Sum AWS/ApiGateway 5xx <Api> $default', `Sum ${lines} LostDeliveries`, 0],
    RefusedDeliveries: [`Sum ${lines} RefusedDeliveries`, 0],
    GivenUpEvents: [`Sum ${lines} GivenUpEvents`, 0],
    WaitingDeadLetters: [
      'Maximum AWS/SQS ApproximateNumberOfMessagesVisible <QueuesDeadLetters.QueueName>',
      0,
    ],
    RetentionEnds: [
      'Maximum AWS/SQS ApproximateAgeOfOldestMessage <QueuesEvents.QueueName>',
      'Maximum AWS/SQS ApproximateAgeOfOldestMessage <QueuesDelayed.QueueName>',
      'Maximum AWS/SQS ApproximateAgeOfOldestMessage <QueuesDeadLetters.QueueName>',
      12 * 86_400,
    ],
    NotBroughtIn: [`Sum ${lines} NotBroughtIn`, 0],
    MissedEvents: [`Sum ${lines} RecoveredEvents`, 0],
    CatchUpBehind: [`Sum ${lines} CatchUpBehind`, 0],
    OldEvents: [
      'Maximum AWS/SQS ApproximateAgeOfOldestMessage <QueuesEvents.QueueName>',
      `Maximum ${lines} OldestUnfinishedSeconds`,
      86_400,
    ],
    HandlerFailures: [`Sum ${lines} HandlerFailures`, 0],
    ConsumerErrors: [
      'Sum AWS/Lambda Errors <ConsumerLambdaFunction>',
      'Sum AWS/Lambda Throttles <ConsumerLambdaFunction>',
      `SampleCount ${lines} EventMilliseconds error`,
      0,
    ],
    SubscriptionRepairs: [`Sum ${lines} SubscriptionRepairs`, 0],
    FailingCredentials: [`Sum ${lines} FailingCredentials`, 0],
    KeeperErrors: ['Sum AWS/Lambda AsyncEventsDropped <KeeperLambdaFunction>', 0],
  })
})

it('pays for 20 metrics, two of them for catch-up: each more costs ten cents a month', () => {
  expect(alarms.flatMap(({ of }) => measured(of)).length).toBeLessThanOrEqual(20)
})

/** Those that one loss does not raise: their period in seconds, and how many of how many. */
const timings: Record<string, [seconds: number, datapoints: number, periods: number]> = {
  WaitingDeadLetters: [300, 12, 12],
  ConsumerErrors: [300, 3, 3],
  OldEvents: [3_600, 1, 2],
  FailingCredentials: [3_600, 1, 2],
  KeeperErrors: [3_600, 1, 2],
  CatchUpBehind: [3_600, 1, 2],
}
/** What shows at each of the keeper's runs alone. */
const lasting = ['CatchUpBehind', 'FailingCredentials', 'KeeperErrors', 'OldEvents']

it.each(alarms)(
  '$name looks at a minute and keeps quiet for a quarter of an hour, or as it needs',
  ({ name, of }) => {
    const [seconds, datapoints, periods] = timings[name] ?? [60, 1, 15]
    expect(new Set(measured(of).map((one) => one.seconds))).toEqual(new Set([seconds]))
    expect([of.DatapointsToAlarm, of.EvaluationPeriods]).toEqual([datapoints, periods])
  },
)

const ofGreatest = ['OldEvents', 'RetentionEnds']

it.each(alarms.filter(({ name }) => ofGreatest.includes(name)))(
  '$name takes the greatest of its metrics, and one without a value for none',
  ({ of }) => {
    const ids = measured(of).map(({ id }) => id)
    expect(evaluated(of, {})).toBe(0)
    for (const id of ids) {
      expect(evaluated(of, { [id]: 2 })).toBe(2)
      expect(evaluated(of, { ...Object.fromEntries(ids.map((other) => [other, 1])), [id]: 3 })).toBe(3)
    }
  },
)

it.each(alarms.filter(({ name, of }) => of.Metrics && !ofGreatest.includes(name)))(
  '$name adds up its metrics, and takes one without a value for none',
  ({ of }) => {
    const ids = measured(of).map(({ id }) => id)
    expect(evaluated(of, {})).toBe(0)
    for (const id of ids) expect(evaluated(of, { [id]: 3 })).toBe(3)
    expect(evaluated(of, Object.fromEntries(ids.map((id) => [id, 2])))).toBe(2 * ids.length)
  },
)

it.each(alarms)(
  '$name goes to the topic when its limit is passed, and not when nothing happens',
  ({ of }) => {
    expect(of).toMatchObject({
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      AlarmActions: [{ Ref: expect.stringMatching(/^Alarms[0-9A-F]{8}$/) as string }],
    })
  },
)

/** A name of a log group that CloudFormation makes is longer than the reference to it here. */
const longestNameChars = 100

it.each(alarms)('the mail of $name says what happened, and the commands that show it', ({ of }) => {
  const text = asText(of.AlarmDescription)
  expect(text).toMatch(/^[A-Z].{40,}\. To see more, run: (npx|aws) /)
  const commands = text.split(' To see more, run: ')[1]?.split(' and: ') ?? []
  for (const command of commands)
    expect(command).toMatch(
      /^npx smokeball-webhooks [a-z -]+ --stage prod$|^aws logs tail '<\w+Logs>' --since 1h --filter-pattern '\{ [^']+ \}'$/,
    )
  const names = commands.filter((command) => command.startsWith('aws')).length
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
  expect(text.length + names * longestNameChars).toBeLessThanOrEqual(1024)
})

it.each([
  ['SmokeballWebhooks-dev', '--stage dev'],
  ['Own', '--stack Own'],
])('the commands of the stack %s name it by %s', (name, option) => {
  const stack = new Stack(newApp(), name)
  new SmokeballWebhooks(stack, 'Webhooks', {
    alarms: { topic: new Topic(stack, 'Mine') },
    handlers: exampleHandlers,
  })
  const texts = alarmsOf(Template.fromStack(stack)).map(({ of }) => asText(of.AlarmDescription))
  expect(
    texts.filter((text) => text.includes(`npx smokeball-webhooks status ${option}`)).length,
  ).toBeGreaterThan(0)
})

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
