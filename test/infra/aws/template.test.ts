import { Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { expect, it } from 'vitest'
import { SmokeballWebhooks } from '../../../infra/aws/smokeball-webhooks.ts'
import { accountsParameter } from '../../../infra/settings/topology.ts'
import { asText } from './as-text.ts'
import { dashboardsOf } from './dashboard-body.ts'
import { keyPatterns, statementsOf } from './policy-statements.ts'
import { construct, exampleHandlers, newApp, synthesize } from './synthesize.ts'

const { template } = synthesize()
const alarms = Object.keys(template.findResources('AWS::CloudWatch::Alarm')).length

/** What the output says, which Smokeball is given. */
const callbackUrl = (template.findOutputs('CallbackUrl') as { CallbackUrl: { Value: unknown } }).CallbackUrl
  .Value

/** The one resource of this type whose logical id contains `part`. */
function resource(of: Template, type: string, part: string): Record<string, never> {
  const found = Object.entries(of.findResources(type)).filter(([id]) => id.includes(part))
  expect(found).toHaveLength(1)
  return found[0]?.[1] as never
}

function properties(type: string, part: string, of = template): Record<string, unknown> {
  return resource(of, type, part).Properties as never
}

it('the stack keeps whether events of connected accounts alone are taken, whatever a deployment says', () => {
  const [[id, parameter] = ['', {}], ...others] = Object.entries(
    template.findParameters('*') as Record<string, Record<string, unknown>>,
  ).filter(([name]) => name !== 'BootstrapVersion')
  expect([id, others]).toEqual([accountsParameter, []])
  // This is the value of a stack that was there before, and of one that nobody says it for. `npm run deploy` turns it on.
  expect(parameter).toMatchObject({ Type: 'String', Default: 'false', AllowedValues: ['true', 'false'] })
  const takesThose = (of: Template) => [
    (
      properties('AWS::Lambda::Function', 'Consumer', of).Environment as {
        Variables: Record<string, unknown>
      }
    ).Variables.CONNECTED_ACCOUNTS_ONLY,
    of.findOutputs('ConnectedAccountsOnly').ConnectedAccountsOnly?.Value,
  ]
  expect(takesThose(template)).toEqual([{ Ref: accountsParameter }, { Ref: accountsParameter }])
  for (const connectedAccountsOnly of [true, false]) {
    const chosen = synthesize({ settings: { stack: { connectedAccountsOnly } } }).template
    expect(takesThose(chosen)).toEqual(Array(2).fill(String(connectedAccountsOnly)))
    expect(chosen.findParameters('*')).not.toHaveProperty(accountsParameter)
  }
})

it('the construct takes events of all accounts unless it is told otherwise', () => {
  const variable = (of: Template) =>
    (
      properties('AWS::Lambda::Function', 'Consumer', of).Environment as {
        Variables: Record<string, unknown>
      }
    ).Variables.CONNECTED_ACCOUNTS_ONLY
  expect(variable(construct().template)).toBe('false')
  expect(variable(construct({ connectedAccountsOnly: true }).template)).toBe('true')
  expect(construct().template.findParameters('*')).not.toHaveProperty(accountsParameter)
})

it('one route leads to the receiver, and nothing else does', () => {
  template.resourceCountIs('AWS::ApiGatewayV2::Route', 1)
  template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: 'POST /smokeball' })
  template.hasResourceProperties('AWS::ApiGatewayV2::Integration', { PayloadFormatVersion: '2.0' })
  template.hasResourceProperties('AWS::ApiGatewayV2::Api', {
    ProtocolType: 'HTTP',
    Name: 'SmokeballWebhooks',
  })
})

it('the stage throttles, and logs neither bodies nor headers', () => {
  const stage = properties('AWS::ApiGatewayV2::Stage', 'Stage')
  expect(stage.DefaultRouteSettings).toEqual({ ThrottlingBurstLimit: 2_000, ThrottlingRateLimit: 1_000 })
  const { Format: format } = stage.AccessLogSettings as { Format: string }
  expect(JSON.parse(format)).toHaveProperty('status')
  expect(format).not.toMatch(/body|header|signature|authorizer/i)
})

it("API Gateway's log is below the prefix for which the account's policy of logs does not grow", () => {
  expect(properties('AWS::Logs::LogGroup', 'AccessLogs').LogGroupName).toBe(
    '/aws/vendedlogs/SmokeballWebhooks/Webhooks/Api',
  )
  const stack = new Stack(newApp(), 'Own')
  const options = { alarms: { none: 'a test' }, handlers: exampleHandlers }
  for (const id of ['Firm', 'Branch']) new SmokeballWebhooks(stack, id, options)
  const groups = Object.values(Template.fromStack(stack).findResources('AWS::Logs::LogGroup'))
  expect(groups.flatMap(({ Properties }) => Properties.LogGroupName ?? [])).toEqual([
    '/aws/vendedlogs/Own/Firm/Api',
    '/aws/vendedlogs/Own/Branch/Api',
  ])
})

it.each([
  ['Receiver', { MemorySize: 512, Timeout: 8 }],
  ['Consumer', { MemorySize: 512, Timeout: 30 }],
  ['Keeper', { MemorySize: 256, Timeout: 900 }],
])('the %s runs on Node 24 and arm64, and logs JSON', (name, limits) => {
  expect(properties('AWS::Lambda::Function', name)).toMatchObject({
    ...limits,
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    Handler: 'index.handler',
    LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'WARN', ApplicationLogLevel: 'INFO' },
  })
  expect(properties('AWS::Lambda::Function', name)).not.toHaveProperty('ReservedConcurrentExecutions')
  expect(properties('AWS::Lambda::Function', name)).not.toHaveProperty('TracingConfig')
  expect(properties('AWS::Logs::LogGroup', `${name}LambdaLogs`).RetentionInDays).toBe(30)
})

it.each([
  [
    'Receiver',
    {
      QUEUE_URL: { Ref: 'WebhooksQueuesEventsB68D2443' },
      DEAD_LETTER_QUEUE_URL: { Ref: 'WebhooksQueuesDeadLettersAB66DAC3' },
      // A reference to a secret is its ARN.
      WEBHOOK_SECRET_ID: { Ref: 'WebhooksWebhookSecret925529C1' },
      TOLERANCE_MS: '300000',
      TABLE_NAME: { Ref: 'WebhooksEventTableF2AE826E' },
    },
  ],
  [
    'Consumer',
    {
      QUEUE_URL: { Ref: 'WebhooksQueuesEventsB68D2443' },
      DEAD_LETTER_QUEUE_URL: { Ref: 'WebhooksQueuesDeadLettersAB66DAC3' },
      DELAY_QUEUE_URL: { Ref: 'WebhooksQueuesDelayed1A9066FC' },
      TABLE_NAME: { Ref: 'WebhooksEventTableF2AE826E' },
      API_SECRET_ID: { Ref: 'WebhooksApiSecretFCE87F4E' },
      CONNECTED_ACCOUNTS_ONLY: { Ref: accountsParameter },
      MAX_ATTEMPTS: '20',
      EVENT_RETENTION_DAYS: '30',
      LEDGER_RETENTION_DAYS: '400',
    },
  ],
  [
    'Keeper',
    {
      TABLE_NAME: { Ref: 'WebhooksEventTableF2AE826E' },
      API_SECRET_ID: { Ref: 'WebhooksApiSecretFCE87F4E' },
      WEBHOOK_SECRET_ID: { Ref: 'WebhooksWebhookSecret925529C1' },
      CALLBACK_URL: callbackUrl,
      EVENT_TYPES: 'contact.* matter.updated',
      SUBSCRIPTION_NAME: 'SmokeballWebhooks',
      CATCH_UP: 'night',
      QUEUE_URL: { Ref: 'WebhooksQueuesEventsB68D2443' },
      DEAD_LETTER_QUEUE_URL: { Ref: 'WebhooksQueuesDeadLettersAB66DAC3' },
      DELAY_QUEUE_URL: { Ref: 'WebhooksQueuesDelayed1A9066FC' },
    },
  ],
])('the %s is told what it works with and its limits, and no more', (name, variables) => {
  expect(properties('AWS::Lambda::Function', name).Environment).toEqual({ Variables: variables })
})

it.each(['Events', 'DeadLetters'])(
  'the queue of %s keeps messages 14 days, encrypted, by resource',
  (name) => {
    expect(properties('AWS::SQS::Queue', name)).toMatchObject({
      FifoQueue: true,
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
      MessageRetentionPeriod: 14 * 86_400,
      MaximumMessageSize: 1024 * 1024,
      SqsManagedSseEnabled: true,
    })
    const { PolicyDocument } = properties('AWS::SQS::QueuePolicy', name) as never
    expect(PolicyDocument).toMatchObject({
      Statement: [
        { Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      ],
    })
  },
)

it('a batch is hidden six times as long as it may take, and dead-lettered by the queue only as a net', () => {
  expect(properties('AWS::SQS::Queue', 'Events')).toMatchObject({
    VisibilityTimeout: 180,
    RedrivePolicy: { maxReceiveCount: 1000 },
  })
  const longer = construct({ handlers: { timeout: { seconds: 60 } } }).template
  expect(properties('AWS::SQS::Queue', 'Events', longer).VisibilityTimeout).toBe(360)
})

it('the consumer polls batches of ten, five at once, and reports failed messages one by one', () => {
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    BatchSize: 10,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ScalingConfig: { MaximumConcurrency: 5 },
  })
})

it('what is to be run later is polled by the same function, two batches at once', () => {
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    EventSourceArn: { 'Fn::GetAtt': ['WebhooksQueuesDelayed1A9066FC', 'Arn'] },
    BatchSize: 10,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ScalingConfig: { MaximumConcurrency: 2 },
  })
  const { FifoQueue, RedrivePolicy, ...delayed } = properties('AWS::SQS::Queue', 'Delayed')
  expect([FifoQueue, RedrivePolicy]).toEqual([undefined, undefined])
  expect(delayed).toMatchObject({ MessageRetentionPeriod: 14 * 86_400, SqsManagedSseEnabled: true })
})

it('Lambda lets the rounds of retries be, which it would take for a loop', () => {
  expect(properties('AWS::Lambda::Function', 'Consumer').RecursiveLoop).toBe('Allow')
  expect(properties('AWS::Lambda::Function', 'Receiver').RecursiveLoop).toBeUndefined()
})

it('the keeper runs every hour, brings in what was put aside every five minutes, catches up every fifteen, and tries again what fails', () => {
  template.resourceCountIs('AWS::Scheduler::Schedule', 3)
  expect(properties('AWS::Scheduler::Schedule', 'KeeperCatchUp')).toMatchObject({
    ScheduleExpression: 'rate(15 minutes)',
    Target: { Input: '{"catchUp":true}' },
  })
  const keeper = { 'Fn::GetAtt': ['WebhooksKeeperLambdaFunction5AFE2267', 'Arn'] }
  expect(properties('AWS::Scheduler::Schedule', 'KeeperBringIn')).toMatchObject({
    ScheduleExpression: 'rate(5 minutes)',
    Target: { Arn: keeper, Input: '{"bringIn":true}', RetryPolicy: { MaximumEventAgeInSeconds: 300 } },
  })
  expect(properties('AWS::Scheduler::Schedule', 'KeeperSchedule')).toMatchObject({
    ScheduleExpression: 'rate(1 hour)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    State: 'ENABLED',
    Target: {
      Arn: keeper,
      Input: JSON.stringify({ schedule: { at: '<aws.scheduler.scheduled-time>', everyMinutes: 60 } }),
      RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 5 },
    },
  })
  expect(properties('AWS::Lambda::EventInvokeConfig', 'Keeper')).toMatchObject({
    MaximumRetryAttempts: 2,
    MaximumEventAgeInSeconds: 3600,
  })
  const { DependsOn } = resource(template, 'AWS::Scheduler::Schedule', 'KeeperSchedule')
  expect(DependsOn).toEqual([expect.stringContaining('KeeperSchedulerRoleDefaultPolicy')])
})

it('alarms of lost deliveries, and no others, tell the keeper when they are raised and when they are over', () => {
  const alarm = (id: string) => ({
    'Fn::GetAtt': [expect.stringMatching(`^WebhooksAlarms${id}[0-9A-F]{8}$`) as string, 'Arn'],
  })
  template.resourceCountIs('AWS::Events::Rule', 1)
  const isAlarm = { value: ['ALARM'] }
  expect(properties('AWS::Events::Rule', 'KeeperLossRule')).toMatchObject({
    EventPattern: {
      source: ['aws.cloudwatch'],
      'detail-type': ['CloudWatch Alarm State Change'],
      resources: [alarm('LostDeliveries'), alarm('RefusedDeliveries')],
      detail: { $or: [{ state: isAlarm }, { previousState: isAlarm }] },
    },
    Targets: [
      {
        Arn: { 'Fn::GetAtt': ['WebhooksKeeperLambdaFunction5AFE2267', 'Arn'] },
        Input: '{"deliveriesLost":true}',
      },
    ],
  })
  const rule = expect.stringMatching('KeeperLossRule') as string
  expect(properties('AWS::Lambda::Permission', 'KeeperLossRule')).toMatchObject({
    Principal: 'events.amazonaws.com',
    SourceArn: { 'Fn::GetAtt': [rule, 'Arn'] },
  })
})

it('without catch-up, the keeper has neither its schedule nor its rights', () => {
  const { template: without } = construct({ catchUp: 'off' })
  without.resourceCountIs('AWS::Scheduler::Schedule', 2)
  without.resourceCountIs('AWS::Events::Rule', 0)
  expect(JSON.stringify(without.toJSON())).not.toMatch(/CATCH_UP|smokeball-walks/)
  const { template: hourly } = construct({ catchUp: { hours: 1 } })
  expect(properties('AWS::Lambda::Function', 'Keeper', hourly)).toMatchObject({
    Environment: { Variables: { CATCH_UP: '1' } },
  })
})

it("no function's concurrency is reserved, since a small account has none to spare", () => {
  for (const { Properties } of Object.values(template.findResources('AWS::Lambda::Function')))
    expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions')
})

it('without handlers, the keeper is told that nothing is wanted', () => {
  const { template: none } = construct({ handlers: { handlersEntry: 'test/infra/aws/no-handlers.ts' } })
  expect(properties('AWS::Lambda::Function', 'Keeper', none).Environment).toMatchObject({
    Variables: { EVENT_TYPES: '-', SUBSCRIPTION_NAME: 'Own' },
  })
})

it('the table is paid by use, recoverable and protected, and its feed holds no bodies', () => {
  const table = properties('AWS::DynamoDB::Table', 'EventTable')
  expect(table).toMatchObject({
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    BillingMode: 'PAY_PER_REQUEST',
    DeletionProtectionEnabled: true,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
  })
  const [feed] = table.GlobalSecondaryIndexes as { Projection: { NonKeyAttributes: string[] } }[]
  expect(feed).toMatchObject({
    IndexName: 'feed',
    KeySchema: [
      { AttributeName: 'feedShard', KeyType: 'HASH' },
      { AttributeName: 'feedAt', KeyType: 'RANGE' },
    ],
    Projection: { ProjectionType: 'INCLUDE' },
  })
  expect(feed?.Projection.NonKeyAttributes).not.toContain('body')
})

it('any setting of the pipeline reaches what it is about', () => {
  const { template: chosen } = construct({
    toleranceMs: 600_000,
    maxConcurrency: 2,
    maxAttempts: 3,
    eventRetentionDays: 60,
    bodyRetentionDays: 3,
    ledgerRetentionDays: 500,
    visibilityTimeoutSeconds: 400,
    subscriptionCheckMinutes: 15,
    receiver: { memoryMb: 1024, timeoutMs: 5_000 },
    throttling: { perSecond: 7, burst: 9 },
    tracing: true,
    logRetentionDays: 90,
    handlers: { timeout: { seconds: 60 }, memoryMb: 2048, environment: { CRM_URL: 'https://crm.example' } },
  })
  expect(properties('AWS::Lambda::Function', 'Receiver', chosen)).toMatchObject({
    MemorySize: 1024,
    Timeout: 5,
    TracingConfig: { Mode: 'Active' },
    Environment: { Variables: { TOLERANCE_MS: '600000' } },
  })
  expect(properties('AWS::Lambda::Function', 'Consumer', chosen)).toMatchObject({
    MemorySize: 2048,
    Timeout: 60,
    TracingConfig: { Mode: 'Active' },
    Environment: {
      Variables: {
        CRM_URL: 'https://crm.example',
        MAX_ATTEMPTS: '3',
        EVENT_RETENTION_DAYS: '60',
        BODY_RETENTION_DAYS: '3',
        LEDGER_RETENTION_DAYS: '500',
      },
    },
  })
  expect(properties('AWS::Lambda::Function', 'Keeper', chosen)).toMatchObject({
    TracingConfig: { Mode: 'Active' },
  })
  expect(properties('AWS::Scheduler::Schedule', 'KeeperSchedule', chosen)).toMatchObject({
    ScheduleExpression: 'rate(15 minutes)',
    Target: { RetryPolicy: { MaximumEventAgeInSeconds: 900 } },
  })
  expect(properties('AWS::SQS::Queue', 'Events', chosen).VisibilityTimeout).toBe(400)
  expect(properties('AWS::ApiGatewayV2::Stage', 'Stage', chosen).DefaultRouteSettings).toEqual({
    ThrottlingBurstLimit: 9,
    ThrottlingRateLimit: 7,
  })
  chosen.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    ScalingConfig: { MaximumConcurrency: 2 },
  })
  chosen.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 })
})

it('the consumer may have put-aside bodies expire only where bodies have a time of their own', () => {
  const changesOf = (of: Template) =>
    statementsOf(of, 'ConsumerLambda').some(
      (statement) =>
        [statement.Action].flat().includes('dynamodb:UpdateItem') &&
        (keyPatterns(statement) ?? []).includes('aside#*'),
    )
  expect(changesOf(construct({ bodyRetentionDays: 3 }).template)).toBe(true)
  expect(changesOf(template)).toBe(false)
})

it('the receiver has the concurrency that is reserved for it, and no other function has', () => {
  const { template: reserved } = construct({ receiver: { reservedConcurrency: 50 } })
  const settings = ['Receiver', 'Consumer', 'Keeper'].map(
    (name) => properties('AWS::Lambda::Function', name, reserved).ReservedConcurrentExecutions,
  )
  expect(settings).toEqual([50, undefined, undefined])
})

it('the handlers get their secrets as a list of ids', () => {
  const { template: chosen } = construct({ handlers: { secrets: { CRM_API_KEY: 'crm/api-key' } } })
  const { Variables } = properties('AWS::Lambda::Function', 'Consumer', chosen).Environment as {
    Variables: Record<string, string>
  }
  expect(JSON.parse(Variables.HANDLER_SECRETS ?? '')).toEqual({ CRM_API_KEY: 'crm/api-key' })
})

it('the stack tells its callback URL, what the handlers want, and where things are', () => {
  const outputs = template.findOutputs('*') as Record<string, { Value: unknown }>
  expect(JSON.stringify(outputs.CallbackUrl?.Value)).toContain('"/smokeball"')
  expect(outputs.EventTypes?.Value).toBe('contact.* matter.updated')
  const { CallbackUrl: _, EventTypes: __, ...places } = outputs
  expect(
    Object.fromEntries(Object.entries(places).map(([name, { Value }]) => [name, asText(Value)])),
  ).toEqual({
    AlarmTopicArn: '<Alarms>',
    WebhookSecretId: '<WebhookSecret>',
    ApiSecretId: '<ApiSecret>',
    TableName: '<EventTable>',
    EventQueueUrl: '<QueuesEvents>',
    DeadLetterQueueUrl: '<QueuesDeadLetters>',
    DelayQueueUrl: '<QueuesDelayed>',
    ReceiverName: '<ReceiverLambdaFunction>',
    ConnectedAccountsOnly: `<${accountsParameter}>`,
    ConsumerName: '<ConsumerLambdaFunction>',
    KeeperName: '<KeeperLambdaFunction>',
    ReceiverLogGroup: '<ReceiverLambdaLogs>',
    ConsumerLogGroup: '<ConsumerLambdaLogs>',
    KeeperLogGroup: '<KeeperLambdaLogs>',
    AccessLogGroup: '<ApiAccessLogs>',
  })
})

it('a stack of one’s own has the same outputs, by which the commands find it', () => {
  const names = (of: Template) => Object.keys(of.findOutputs('*')).sort()
  const stack = new Stack(newApp(), 'Own')
  const topic = new Topic(stack, 'Told')
  new SmokeballWebhooks(stack, 'Smokeball', { alarms: { topic }, handlers: exampleHandlers })
  expect(names(Template.fromStack(stack))).toEqual(names(template))
  expect(names(construct().template)).toEqual(names(synthesize({ stage: 'dev' }).template))
  const accounts = construct({ connectedAccountsOnly: true }).template.findOutputs('ConnectedAccountsOnly')
  expect(accounts.ConnectedAccountsOnly?.Value).toBe('true')
})

it('a stage without alarms has no topic to tell of', () => {
  expect(synthesize({ stage: 'dev' }).template.findOutputs('AlarmTopicArn')).toEqual({})
})

it('prod has alarms, and mails them to those who are named', () => {
  const { template: mailed } = synthesize({ settings: { stack: { alarmEmails: ['ops@firm.example'] } } })
  mailed.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'ops@firm.example' })
  mailed.resourceCountIs('AWS::CloudWatch::Alarm', alarms)
  template.resourceCountIs('AWS::SNS::Subscription', 0)
})

it('another stage has alarms only if somebody is named to mail them to', () => {
  const { template: quiet } = synthesize({ stage: 'dev' })
  quiet.resourceCountIs('AWS::SNS::Topic', 0)
  quiet.resourceCountIs('AWS::CloudWatch::Alarm', 0)
  quiet.resourceCountIs('AWS::Events::Rule', 0)
  const alarmEmails = ['dev@firm.example', 'ops@firm.example']
  const { template: mailed } = synthesize({ stage: 'dev', settings: { stack: { alarmEmails } } })
  const subscriptions = Object.values(mailed.findResources('AWS::SNS::Subscription'))
  expect(subscriptions.map(({ Properties }) => Properties)).toEqual(
    alarmEmails.map((Endpoint) => ({
      Endpoint,
      Protocol: 'email',
      TopicArn: { Ref: expect.stringMatching(/^Alarms[0-9A-F]{8}$/) as string },
    })),
  )
  mailed.resourceCountIs('AWS::CloudWatch::Alarm', alarms)
})

it('a user puts it into a stack of their own, and takes from it what they need', () => {
  const { webhooks, template: own } = construct()
  expect(webhooks.callbackUrl).toContain('/smokeball')
  expect(webhooks.handlers.map(({ name }) => name)).toEqual(['sync-matter', 'audit-contacts'])
  expect(webhooks.metricDeliveries('refused')).toMatchObject({
    statistic: 'SampleCount',
    dimensions: { outcome: 'refused' },
  })
  expect(webhooks.metricEvents('handled').namespace).toBe(webhooks.metricDeliveries('accepted').namespace)
  expect(webhooks.metricDeadLetters().metricName).toBe('ApproximateNumberOfMessagesVisible')
  const { metricName: repairs } = webhooks.metricSubscriptionRepairs()
  const { metricName: credentials } = webhooks.metricFailingCredentials()
  const { metricName: loops } = webhooks.metricSuspectedLoops()
  expect([repairs, credentials, loops]).toEqual([
    'SubscriptionRepairs',
    'FailingCredentials',
    'SuspectedLoops',
  ])
  expect(webhooks.eventTypes).toBe('contact.* matter.updated')
  own.resourceCountIs('AWS::Lambda::Function', 3)
})

it('two in one stack share neither the namespace of their metrics nor the name of a dashboard', () => {
  const stack = new Stack(newApp(), 'Own')
  const options = { alarms: { none: 'a test' }, handlers: exampleHandlers }
  const two = ['Firm', 'Branch'].map((id) => new SmokeballWebhooks(stack, id, options))
  const both = Template.fromStack(stack)
  // The commands find the first.
  expect(JSON.stringify(both.findOutputs('TableName'))).toMatch(/"OwnFirmEventTable|"FirmEventTable/)
  expect(two.map((one) => one.metricDeliveries('accepted').namespace)).toEqual(['Own/Firm', 'Own/Branch'])
  const written = Object.values(both.findResources('AWS::Logs::MetricFilter')).map(
    ({ Properties }) =>
      (Properties as { MetricTransformations: [{ MetricNamespace: string }] }).MetricTransformations[0]
        .MetricNamespace,
  )
  expect(written.filter((namespace) => namespace === 'Own/Firm')).toHaveLength(written.length / 2)
  expect(written.filter((namespace) => namespace === 'Own/Branch')).toHaveLength(written.length / 2)
  expect(dashboardsOf(both).map(({ name }) => name)).toEqual([
    'Own-Firm-<AWS::Region>',
    'Own-Branch-<AWS::Region>',
  ])
})
