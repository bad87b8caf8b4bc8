import { afterAll, beforeAll, expect, it } from 'vitest'
import { on, PermanentFailure, RetryAfter } from '#webhooks'
import { type Local, startLocal } from '#webhooks/testing'
import { dateToTicks } from '../../shared/ticks.ts'
import { matches, selected } from './filter-pattern.ts'
import { synthesize } from './synthesize.ts'

interface Transformation {
  MetricName: string
  MetricValue: string
  Dimensions?: { Key: string; Value: string }[]
}

const filters = Object.values(synthesize().template.findResources('AWS::Logs::MetricFilter')).map(
  ({ Properties }) =>
    Properties as {
      LogGroupName: { Ref: string }
      FilterPattern: string
      MetricTransformations: [Transformation]
    },
)
let local: Local

beforeAll(async () => {
  local = await startLocal({
    handlers: [
      on('matter.updated', { name: 'good', order: 'every' }, () => {}),
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

/** What the filters make of the lines that the functions really wrote: metric and outcome → samples. */
function counted(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { LogGroupName, FilterPattern, MetricTransformations } of filters) {
    const [{ MetricName, MetricValue, Dimensions = [] }] = MetricTransformations
    const source = LogGroupName.Ref.includes('Receiver') ? 'receiver' : 'consumer'
    for (const line of local.lines.filter((each) => each.source === source)) {
      // As Lambda writes it.
      const record = { level: 'INFO', message: line.message }
      if (!matches(FilterPattern, record)) continue
      const value = MetricValue.startsWith('$') ? selected(record, MetricValue) : Number(MetricValue)
      expect(value).toEqual(expect.any(Number))
      const name = [MetricName, ...Dimensions.map(({ Value }) => selected(record, Value))].join(' ')
      counts[name] = (counts[name] ?? 0) + 1
    }
  }
  return counts
}

it('counts each delivery and each event once, by its outcome', () => {
  expect(counted()).toEqual({
    'DeliveryMilliseconds accepted': 3,
    'DeliveryMilliseconds refused': 3,
    'DeliveryMilliseconds quarantined': 1,
    RefusedForAge: 2,
    'EventMilliseconds handled': 2,
    'EventMilliseconds dead-lettered': 1,
    'EventMilliseconds failed': 5,
    FailingEvents: 1,
  })
})

it('the outcome is the only dimension', () => {
  const names = filters.flatMap(({ MetricTransformations: [{ Dimensions = [] }] }) =>
    Dimensions.map(({ Key }) => Key),
  )
  expect(new Set(names)).toEqual(new Set(['outcome']))
})
