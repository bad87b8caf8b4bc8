import { expect, it } from 'vitest'
import { deliveryOutcomes, eventOutcomes, namesOf } from '../../../shared/event/outcomes.ts'
import { dashboardsOf } from './dashboard-body.ts'
import { construct, synthesize } from './synthesize.ts'

const { template } = synthesize()
const [dashboard] = dashboardsOf(template)
const lines = 'SmokeballWebhooks/Webhooks'

/** What the graphs of the title show: metric and whose it is; how. */
function graphed(title: string): unknown[] {
  const widget = dashboard?.widgets.find(({ properties }) => properties.title.startsWith(title))
  return (widget?.properties.metrics ?? []).map((metric) => {
    const [namespace, name, ...rest] = metric
    const { stat } = rest.pop() as { stat: string }
    return [stat, namespace, name, ...rest.filter((_, index) => index % 2 === 1)].join(' ')
  })
}

it('has a name of its own in each region, since all of an account share their dashboards', () => {
  expect(dashboardsOf(template).map(({ name }) => name)).toEqual(['SmokeballWebhooks-Webhooks-<AWS::Region>'])
})

it.each([
  [
    'What comes in',
    namesOf(deliveryOutcomes).map((outcome) => `SampleCount ${lines} DeliveryMilliseconds ${outcome}`),
  ],
  [
    'What becomes of it',
    namesOf(eventOutcomes).map((outcome) => `SampleCount ${lines} EventMilliseconds ${outcome}`),
  ],
  [
    'How fast Smokeball has its answer',
    ['p50', 'p99', 'Maximum'].map((stat) => `${stat} AWS/Lambda Duration <ReceiverLambdaFunction>`),
  ],
  ['Answers of API Gateway', ['4xx', '5xx'].map((kind) => `Sum AWS/ApiGateway ${kind} <Api> $default`)],
  ['How far behind', ['Maximum AWS/SQS ApproximateAgeOfOldestMessage <QueuesEvents.QueueName>']],
  [
    'Waiting, and being handled',
    [
      ['Visible', 'Events'],
      ['NotVisible', 'Events'],
      ['Delayed', 'Delayed'],
    ].map(
      ([which, queue]) => `Maximum AWS/SQS ApproximateNumberOfMessages${which} <Queues${queue}.QueueName>`,
    ),
  ],
  [
    'How long a batch takes',
    ['p50', 'p99', 'Maximum'].map((stat) => `${stat} AWS/Lambda Duration <ConsumerLambdaFunction>`),
  ],
  ['Dead letters', ['Maximum AWS/SQS ApproximateNumberOfMessagesVisible <QueuesDeadLetters.QueueName>']],
  [
    'Errors and throttles of the functions',
    ['Errors', 'Throttles'].flatMap((name) =>
      ['Receiver', 'Consumer', 'Keeper'].map((side) => `Sum AWS/Lambda ${name} <${side}LambdaFunction>`),
    ),
  ],
  [
    'Subscriptions and loops',
    ['SubscriptionRepairs', 'FailingCredentials', 'SuspectedLoops'].map((name) => `Sum ${lines} ${name}`),
  ],
])('%s is what it says', (title, metrics) => {
  expect(graphed(title)).toEqual(metrics)
})

it('shows every alarm, and no row of them where there are none', () => {
  const shown = dashboard?.widgets.filter(({ type }) => type === 'alarm')
  const all = Object.keys(template.findResources('AWS::CloudWatch::Alarm'))
  expect(shown?.map(({ properties }) => properties.alarms?.length)).toEqual([all.length])
  const [quiet] = dashboardsOf(construct().template)
  expect(quiet?.widgets.filter(({ type }) => type === 'alarm')).toEqual([])
})

it('is left out where nobody wants to pay for it, and nothing else is', () => {
  const { template: without } = synthesize({ settings: { stack: { dashboard: false } } })
  expect(dashboardsOf(without)).toEqual([])
  const typesOf = (of: typeof template) =>
    Object.values((of.toJSON() as { Resources: Record<string, { Type: string }> }).Resources)
      .map(({ Type }) => Type)
      .filter((type) => type !== 'AWS::CloudWatch::Dashboard')
  expect(typesOf(without)).toEqual(typesOf(template))
})
