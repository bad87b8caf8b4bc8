import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { synthesize } from './synthesize.ts'

interface AlarmProperties {
  AlarmDescription: string
  AlarmActions: unknown[]
  ComparisonOperator: string
  TreatMissingData: string
  EvaluationPeriods: number
  Threshold: number
  MetricName?: string
  Statistic?: string
  Period?: number
  Metrics?: {
    Expression?: string
    MetricStat?: { Metric: { MetricName: string }; Stat: string; Period: number }
  }[]
}

const { template } = synthesize()
const alarms = Object.entries(template.findResources('AWS::CloudWatch::Alarm')).map(
  ([id, { Properties }]) => ({
    name: id.replace(/^WebhooksAlarms/, '').replace(/[0-9A-F]{8}$/, ''),
    of: Properties as AlarmProperties,
  }),
)

function measured({ MetricName, Statistic, Metrics = [] }: AlarmProperties): string[] {
  if (MetricName) return [`${MetricName} ${Statistic}`]
  return Metrics.flatMap(({ MetricStat }) =>
    MetricStat ? [`${MetricStat.Metric.MetricName} ${MetricStat.Stat}`] : [],
  )
}

it('tells of what needs somebody, each by its measure and its limit', () => {
  expect(Object.fromEntries(alarms.map(({ name, of }) => [name, [...measured(of), of.Threshold]]))).toEqual({
    DeadLetters: ['ApproximateNumberOfMessagesVisible Maximum', 0],
    OldEvents: ['ApproximateAgeOfOldestMessage Maximum', 86_400],
    FailingEvents: ['FailingEvents Sum', 0],
    ReceiverErrors: ['Errors Sum', 'DeliveryMilliseconds SampleCount', 0],
    ConsumerErrors: ['Errors Sum', 'EventMilliseconds SampleCount', 0],
    RefusedForAge: ['RefusedForAge Sum', 0],
    Quarantined: ['DeliveryMilliseconds SampleCount', 0],
    ClientErrors: ['4xx Sum', 99],
    ServerErrors: ['5xx Sum', 9],
    Throttles: ['Throttles Sum', 'Throttles Sum', 0],
  })
})

it.each(alarms)(
  '$name goes to the topic when its limit is passed, and not when nothing happens',
  ({ name, of }) => {
    expect(of).toMatchObject({
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      EvaluationPeriods: name === 'ConsumerErrors' ? 3 : 1,
      AlarmActions: [{ Ref: expect.stringContaining('Alarms') as string }],
    })
    expect(of.AlarmDescription.length).toBeGreaterThan(40)
  },
)

it('CloudWatch may publish to the topic, and nobody does so without TLS', () => {
  const policies = Object.values(template.findResources('AWS::SNS::TopicPolicy'))
  expect(policies.map(({ Properties }) => Properties?.PolicyDocument.Statement)).toMatchObject([
    [
      { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      {
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      },
    ],
  ])
})

it.each(alarms)('README says what $name means and what to do', ({ name }) => {
  expect(readFileSync('README.md', 'utf8').includes(`| \`${name}\` |`)).toBe(true)
})

it('the dashboard asks for what the functions log', () => {
  const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'))
  const body = JSON.stringify(dashboard)
  for (const title of [
    'What comes in',
    'What is refused, and why',
    'How far behind',
    'What fails',
    'Dead letters',
  ])
    expect(body).toContain(title)
  for (const field of ['message.delivery', 'message.why', 'message.failure', 'message.error'])
    expect(body).toContain(field)
})
