import { afterAll, beforeAll, expect, it } from 'vitest'
import { on, PermanentFailure, RetryAfter } from '#webhooks'
import { type Local, startLocal } from '#webhooks/testing'
import {
  deliveryOutcomes,
  eventOutcomes,
  namesOf,
  subscriptionOutcomes,
} from '../../../shared/event/outcomes.ts'
import { dateToTicks } from '../../../shared/event/ticks.ts'
import { consumedLines } from './consumed-lines.ts'
import { dashboardsOf } from './dashboard-body.ts'
import {
  filteredSamples,
  filtersOf,
  type LogRecord,
  recordsOf,
  type Side,
  sides,
} from './filtered-metrics.ts'
import { readInsightsQuery } from './insights-query.ts'
import { keptLines } from './kept-lines.ts'
import { synthesize } from './synthesize.ts'

/** A handler whose first `times` runs throw. */
function failing(name: string, times: number, thrown = (_run: number) => new Error('no')) {
  let run = 0
  return on('matter.updated', { name }, () => {
    run += 1
    if (run <= times) throw thrown(run)
  })
}
const loopLines = () => consumedLines([failing('loops', 0)], 21)
const putOff = () => new RetryAfter({ seconds: 1 })

const { template } = synthesize()
const filters = filtersOf(template)
let local: Local

beforeAll(async () => {
  local = await startLocal({
    handlers: [
      on('matter.updated', { name: 'good', order: 'every' }, (event) => {
        console.log({ event: event.id, ms: 7 })
        console.log({ event: 'handled', ms: 7 })
      }),
      on('contact.created', { name: 'bad' }, () => {
        throw new PermanentFailure('no')
      }),
      on('task.updated', { name: 'slow' }, ({ attempt }) => {
        if (attempt < 6) throw new RetryAfter({ seconds: 0.001 })
      }),
    ],
  })
  const body = (type: string, id: string) =>
    `{"type":"${type}","accountId":"a","timestamp":${dateToTicks(new Date())},"payload":{"id":"${id}"}}`
  const at = (ms: number) => ({ timestamp: dateToTicks(new Date(Date.now() + ms)).toString() })
  await local.deliver(body('matter.updated', '1'))
  await local.deliver(body('contact.created', '2'))
  await local.deliver(body('task.updated', '3'))
  await local.deliver(body('matter.updated', '4'), at(-600_000))
  await local.deliver(body('matter.updated', '5'), at(600_000))
  await local.deliver(body('matter.updated', '6'), { signature: '00' })
  await local.deliver('no notification')
  await local.settled()
})
afterAll(() => local.stop())

const written = (side: Side) =>
  recordsOf(
    side,
    local.lines.filter(({ source }) => source === side.toLowerCase()).map(({ message }) => message),
  )

/** What the filters make of the records: metric and outcome → samples. */
function counted(of: readonly LogRecord[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { metric, value } of filteredSamples(template, of)) {
    expect(value).toEqual(expect.any(Number))
    const name = metric.replace('SmokeballWebhooks/Webhooks ', '')
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

it('counts each delivery and each event once, by its outcome', () => {
  expect(counted([...written('Receiver'), ...written('Consumer')])).toEqual({
    'DeliveryMilliseconds accepted': 3,
    'DeliveryMilliseconds refused': 3,
    'DeliveryMilliseconds quarantined': 1,
    RefusedDeliveries: 3,
    GivenUpEvents: 2,
    'EventMilliseconds handled': 2,
    'EventMilliseconds dead-lettered': 1,
    'EventMilliseconds retry-after': 5,
  })
})

it.each([
  { event: 'handled', ms: 7 },
  { event: 'failed', attempt: 5, ms: 7 },
  { loop: 'suspected' },
  { failure: 'stray' },
] as object[])('counts no line of a handler: %o', (message) => {
  expect(counted([{ side: 'Consumer', level: 'INFO', message }])).toEqual({})
  expect(counted(recordsOf('Consumer', [message]))).not.toEqual({})
})

it('makes no metric of an outcome that is none', () => {
  const messages = [{ event: 'd3adb33f', ms: 7 }]
  expect(
    counted([...recordsOf('Consumer', messages), ...recordsOf('Receiver', [{ delivery: 'x', ms: 7 }])]),
  ).toEqual({})
})

it.each([
  ['a handler that fails four times, and then does not', [failing('a', 4)], 0],
  ['a handler that fails five times, and then does not', [failing('a', 5)], 1],
  ['a handler that gives up', [failing('a', 99)], 1],
  ['a handler that asks for RetryAfter ten times', [failing('a', 10, putOff)], 0],
  [
    'a handler that fails four times, and asks for RetryAfter in between',
    [failing('a', 8, (run) => (run % 2 ? new Error('no') : putOff()))],
    0,
  ],
  [
    'two handlers that fail three times each, one after the other',
    [failing('a', 3), failing('b', 6, (run) => (run > 3 ? new Error('no') : putOff()))],
    0,
  ],
  [
    'a handler that fails five times, and then asks for RetryAfter',
    [failing('a', 9, (run) => (run > 5 ? putOff() : new Error('no')))],
    1,
  ],
  ['two handlers that fail five times side by side', [failing('a', 5), failing('b', 5)], 1],
])('of failing events, %s', async (_, handlers, times) => {
  const lines = await consumedLines(handlers)
  const isPending = ({ event }: { event?: unknown }) => event === 'failed' || event === 'retry-after'
  expect(lines.filter(isPending).length).toBeGreaterThan(3)
  expect(counted(recordsOf('Consumer', lines)).HandlerFailures ?? 0).toBe(times)
})

it.each([
  ...(['unchanged', 'created', 'updated'] as const).map((outcome) => [outcome, {}] as const),
  ['repaired', { SubscriptionRepairs: 1 }] as const,
  ['failed', { FailingCredentials: 1 }] as const,
  ['failed otherwise', {}] as const,
])("of a firm's subscription that is %s counts %o", async (outcome, counts) => {
  const lines = await keptLines(outcome)
  expect(lines[0]).toMatchObject({ subscription: outcome.split(' ')[0], account: 'a', ms: 0 })
  expect(counted(recordsOf('Keeper', lines))).toEqual(counts)
})

it('counts each event that the circuit breaker parks, by its warning', async () => {
  const lines = await loopLines()
  expect(lines).toMatchObject([{ loop: 'suspected', handler: 'loops' }, { event: 'dead-lettered' }])
  expect(counted(recordsOf('Consumer', lines, 'WARN'))).toMatchObject({ SuspectedLoops: 1 })
})

it('the outcome is the only dimension', () => {
  const names = filters.flatMap(({ MetricTransformations: [{ Dimensions = [] }] }) =>
    Dimensions.map(({ Key }) => Key),
  )
  expect(new Set(names)).toEqual(new Set(['outcome']))
})

it('the metrics are in the namespace in which alarms and dashboard look for them', () => {
  const namespaces = filters.map(({ MetricTransformations: [{ MetricNamespace }] }) => MetricNamespace)
  expect(new Set(namespaces)).toEqual(new Set(['SmokeballWebhooks/Webhooks']))
})

const queries = dashboardsOf(template)
  .flatMap(({ widgets }) => widgets)
  .flatMap(({ properties: { title, query } }) => (query === undefined ? [] : [{ title, query }]))

it('the dashboard asks the logs what is refused, what fails, what the keeper did, and what may be a loop', () => {
  expect(queries.map(({ title }) => title)).toEqual([
    'What is refused, and why',
    'What fails',
    'What the keeper did',
    'Suspected loops',
  ])
})

it.each(queries)('$title can be asked, of fields and outcomes that the function logs', async ({ query }) => {
  const { source, fields, texts } = readInsightsQuery(query)
  const side = sides.find((name) => source.includes(`<${name}LambdaLogs>`))
  if (!side) throw new Error(`no function's log: ${source}`)
  const more = {
    Receiver: [],
    Consumer: await loopLines(),
    Keeper: (await Promise.all(namesOf(subscriptionOutcomes).map(keptLines))).flat(),
  }
  const all = [...written(side), ...recordsOf(side, more[side])]
  const names = all.flatMap(({ message }) => Object.keys(message as object))
  const known = ['@timestamp', ...new Set(names)].map((name) =>
    name.startsWith('@') ? name : `message.${name}`,
  )
  expect(fields.length).toBeGreaterThan(1)
  expect(known).toEqual(expect.arrayContaining(fields))
  const values = [
    ...[deliveryOutcomes, eventOutcomes, subscriptionOutcomes].flatMap((of) => Object.keys(of)),
    'suspected',
  ]
  expect(values).toEqual(expect.arrayContaining(texts))
})
