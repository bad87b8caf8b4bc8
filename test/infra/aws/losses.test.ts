import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { on, PermanentFailure } from '#webhooks'
import { type Local, startLocal } from '#webhooks/testing'
import { deliveryLine } from '../../../functions/receiver/create-receiver.ts'
import {
  answers,
  type DeliveryOutcome,
  deliveryOutcomes,
  eventOutcomes,
  namesOf,
} from '../../../shared/event/outcomes.ts'
import { dateToTicks } from '../../../shared/event/ticks.ts'
import { alarmsOf } from './alarm-properties.ts'
import { consumedLines } from './consumed-lines.ts'
import { accessLogOf, type Evidence, ofApi, ofFunction, samplesIn } from './evidence.ts'
import { recordsOf, type Side } from './filtered-metrics.ts'
import { keptLines } from './kept-lines.ts'
import { type Raised, raisedAlarms, type Sample } from './simulated-alarms.ts'
import { synthesize } from './synthesize.ts'

/**
 * Each way to lose a delivery, and the alarm that tells of one; each noise, which raises none. The lines are those that the
 * functions write, the filters and alarms are the template's, and the metrics of AWS are those that it documents.
 */

const { template } = synthesize()
const alarms = alarmsOf(template)
const answered = accessLogOf(template)

let local: Local
beforeAll(async () => {
  local = await startLocal({
    handlers: [
      on('contact.created', { name: 'bad' }, () => {
        throw new PermanentFailure('no')
      }),
    ],
  })
  const body = (id: string) =>
    `{"type":"contact.created","accountId":"a","timestamp":${dateToTicks(new Date())},"payload":{"id":"${id}"}}`
  const at = (ms: number) => ({ timestamp: dateToTicks(new Date(Date.now() + ms)).toString() })
  await local.deliver(body('1'), at(-600_000))
  await local.deliver(body('2'), at(600_000))
  await local.deliver(body('3'), { signature: '00' })
  await local.deliver(body('4'), { timestamp: 'yesterday' })
  await local.deliver(body('5'), { signature: '' })
  await local.deliver('no notification')
  await local.deliver(body('6'))
  await local.settled()
})
afterAll(() => local.stop())

/** The lines of the local run that have these fields. */
function written(side: Side, fields: Record<string, unknown>): Evidence {
  const lines = local.lines
    .filter(({ source }) => source === side.toLowerCase())
    .map(({ message }) => message)
  const found = lines.filter((line) =>
    Object.entries(fields).every(([name, value]) => (line as Record<string, unknown>)[name] === value),
  )
  if (found.length !== 1) throw new Error(`${found.length} lines have ${JSON.stringify(fields)}.`)
  return { records: recordsOf(side, found) }
}

const refused = (why: string) => () => [
  { ...written('Receiver', { delivery: 'refused', why }), metrics: { [ofApi('4xx')]: 1 } },
  answered('401'),
]

const ofQueue = (queue: string, name: string) => `AWS/SQS ${name} <Queues${queue}.QueueName>`
const visible = ofQueue('DeadLetters', 'ApproximateNumberOfMessagesVisible')
const age = (queue: string) => ofQueue(queue, 'ApproximateAgeOfOldestMessage')

const samplesOf = (evidence: readonly Evidence[], minute: number) => samplesIn(template, evidence, minute)

/** A metric that has this value in each minute from one to another. */
function lasting(metric: string, value: number, from: number, until: number): Sample[] {
  return Array.from({ length: until - from }, (_, index) => ({ metric, value, minute: from + index }))
}

const raised = (samples: readonly Sample[], minutes: number): Raised[] =>
  raisedAlarms(alarms, samples, minutes)
const namesIn = (all: readonly Raised[]): string[] => all.map(({ name }) => name)

type Loss = () => Evidence[] | Promise<Evidence[]>
const loses =
  (...evidence: Evidence[]): Loss =>
  () =>
    evidence
const keeperLine = (line: object) => ({ records: recordsOf('Keeper', [line]) })

/** AWS does not document which of these an HTTP API answers for a function without concurrency: each is heard. */
const throttledReceiver = ['429', '500', '502', '503'].map((status): [string, Loss] => [
  `the receiver is throttled, answered ${status}`,
  loses({ metrics: { [ofFunction('Receiver', 'Throttles')]: 1 } }, answered(status)),
])

/** Outcomes whose sender has neither 200 nor 401. */
const notTaken = namesOf(deliveryOutcomes).filter((outcome) => ![200, 401].includes(answers[outcome][0]))

const lostDeliveries: [string, Loss][] = [
  ['API Gateway throttles it', loses(answered('429'), { metrics: { [ofApi('4xx')]: 1 } })],
  ['API Gateway finds it too large', loses(answered('413'), { metrics: { [ofApi('4xx')]: 1 } })],
  ['API Gateway answers 500', loses(answered('500'), { metrics: { [ofApi('5xx')]: 1 } })],
  ['API Gateway answers 503, and counts it alone', loses({ metrics: { [ofApi('5xx')]: 1 } })],
  ['API Gateway answers 504, and writes its line alone', loses(answered('504'))],
  [
    'the receiver fails, or runs out of time',
    loses({ metrics: { [ofFunction('Receiver', 'Errors')]: 1, [ofApi('5xx')]: 1 } }, answered('500')),
  ],
  ...throttledReceiver,
  ...notTaken.map((outcome): [string, Loss] => [
    `the receiver answers ${answers[outcome][0]}: ${outcome}`,
    loses({ records: recordsOf('Receiver', [lineOf(outcome)]) }),
  ]),
]

function lineOf(outcome: DeliveryOutcome): object {
  return deliveryLine({ outcome, why: 'queue', cause: undefined } as never, 0, 5)
}

const losses: [what: string, alarm: string, loss: Loss][] = [
  ...lostDeliveries.map(([what, loss]): [string, string, Loss] => [what, 'LostDeliveries', loss]),
  ['its signature is too old', 'RefusedDeliveries', refused('too-old')],
  ['its signature is from the future', 'RefusedDeliveries', refused('too-new')],
  ['it is signed with another key', 'RefusedDeliveries', refused('bad-signature')],
  ['it tells its time in another way', 'RefusedDeliveries', refused('bad-timestamp')],
  [
    'it is quarantined',
    'GivenUpEvents',
    () => [written('Receiver', { delivery: 'quarantined' }), { metrics: { [visible]: 1 } }],
  ],
  [
    'it is quarantined while the queue fails, and put aside',
    'GivenUpEvents',
    loses({
      records: recordsOf('Receiver', [
        deliveryLine({ outcome: 'put-aside', why: 'not UTF-8', keyFingerprint: 'k' }, 0, 5),
      ]),
    }),
  ],
  [
    'a handler gives it up',
    'GivenUpEvents',
    () => [written('Consumer', { event: 'dead-lettered' }), { metrics: { [visible]: 1 } }],
  ],
  [
    'the circuit breaker parks it',
    'GivenUpEvents',
    async () => [
      {
        records: recordsOf(
          'Consumer',
          await consumedLines([on('matter.updated', { name: 'a' }, () => {})], 21),
        ),
      },
    ],
  ],
  [
    'its record is gone when it is to be run again',
    'GivenUpEvents',
    loses({ records: recordsOf('Consumer', [{ event: 'expired', ms: 1 }]) }),
  ],
  [
    'it was put aside, and could not be brought in three times',
    'GivenUpEvents',
    loses(keeperLine({ aside: 0, asideSeconds: 0, broughtIn: 0, givenUp: 1 })),
  ],
  [
    'it was put aside, and is not brought in',
    'NotBroughtIn',
    loses(keeperLine({ aside: 1, asideSeconds: 901, broughtIn: 0, givenUp: 0 })),
  ],
  [
    'no delivery of it came, and catch-up found it',
    'MissedEvents',
    loses({ records: recordsOf('Consumer', [{ event: 'handled', ms: 1, recovered: 1 }]) }),
  ],
  [
    'its subscription was gone',
    'SubscriptionRepairs',
    async () => [{ records: recordsOf('Keeper', await keptLines('repaired')) }],
  ],
]

describe.each(losses)('lost: %s', (_, alarm, loss) => {
  it(`raises ${alarm} within five minutes, and nothing else`, async () => {
    const all = raised(samplesOf(await loss(), 100), 200)
    expect(namesIn(all)).toEqual([alarm])
    expect(all[0]?.fromMinute).toBeLessThanOrEqual(105)
  })

  it('is told by one mail with what follows it, and by a new one after a quiet time', async () => {
    const at = async (minute: number) => samplesOf(await loss(), minute)
    const all = raised([...(await at(100)), ...(await at(110)), ...(await at(200))], 300)
    expect(namesIn(all)).toEqual([alarm, alarm])
    const [first, second] = all
    expect(first?.untilMinute).toBeGreaterThan(110)
    expect(first?.untilMinute).toBeLessThanOrEqual(140)
    expect(second?.fromMinute).toBeLessThanOrEqual(205)
  })

  it('is heard although its line or count comes ten minutes late', async () => {
    const late = samplesOf(await loss(), 90).map((sample) => ({ ...sample, seenMinute: 100 }))
    const all = raised(late, 200)
    expect(all.map(({ name, fromMinute }) => [name, fromMinute])).toEqual([[alarm, 100]])
  })
})

describe('dead letters', () => {
  const letter = () => samplesOf([written('Consumer', { event: 'dead-lettered' })], 0)
  const given = (minute: number) => letter().map((sample) => ({ ...sample, minute }))

  it('raise an alarm each, also while earlier ones lie there, and one more when they lie for an hour', () => {
    const all = raised([...given(100), ...lasting(visible, 1, 101, 600), ...given(300)], 600)
    expect(namesIn(all)).toEqual(['GivenUpEvents', 'WaitingDeadLetters', 'GivenUpEvents'])
    expect(all[1]?.fromMinute).toBeGreaterThanOrEqual(155)
    expect(all[1]?.untilMinute).toBeUndefined()
    expect(all[2]?.fromMinute).toBe(300)
  })

  it('are told once if somebody sends them back within the hour', () => {
    expect(namesIn(raised([...given(100), ...lasting(visible, 1, 101, 150)], 300))).toEqual(['GivenUpEvents'])
  })

  it('that SQS has moved by its redrive policy, of which no line tells, are told after an hour', () => {
    const all = raised(lasting(visible, 1, 100, 300), 300)
    expect(namesIn(all)).toEqual(['WaitingDeadLetters'])
    expect(all[0]?.fromMinute).toBeLessThanOrEqual(165)
  })

  it('are told of again when the queue was empty in between', () => {
    const all = raised(
      [...lasting(visible, 1, 100, 300), ...lasting(visible, 0, 300, 400), ...lasting(visible, 2, 400, 500)],
      500,
    )
    expect(namesIn(all)).toEqual(['WaitingDeadLetters', 'WaitingDeadLetters'])
  })
})

describe('the end of the retention', () => {
  const daySeconds = 86_400

  it.each(['Events', 'Delayed', 'DeadLetters'])('of the queue %s is told two days before', (queue) => {
    const over = raised(lasting(age(queue), 12 * daySeconds + 60, 100, 130), 240)
    expect(namesIn(over).filter((name) => name !== 'OldEvents')).toEqual(['RetentionEnds'])
    const [found] = over.filter(({ name }) => name === 'RetentionEnds')
    expect(found?.fromMinute).toBe(100)
    expect(found?.untilMinute).toBeLessThanOrEqual(160)
    const under = raised(lasting(age(queue), 12 * daySeconds - 60, 100, 130), 240)
    expect(namesIn(under)).not.toContain('RetentionEnds')
  })

  it('is told by a new mail when it threatens again', () => {
    const old = (from: number) => lasting(age('DeadLetters'), 13 * daySeconds, from, from + 10)
    expect(namesIn(raised([...old(100), ...old(200)], 300))).toEqual(['RetentionEnds', 'RetentionEnds'])
  })

  it('comes long after the alarm of what has waited for a day, which lasts as long as that does', () => {
    const unfinished = (minute: number) =>
      samplesOf([keeperLine({ unfinished: 1, oldestSeconds: daySeconds + 60 })], minute)
    const all = raised([120, 180, 240, 300].flatMap(unfinished), 900)
    expect(namesIn(all)).toEqual(['OldEvents'])
    expect(all[0]?.untilMinute).toBeGreaterThan(300)
    expect(all[0]?.untilMinute).toBeLessThan(600)
  })
})

describe('what fails beside the deliveries', () => {
  it.each(['Errors', 'Throttles'])('%s of the consumer are told when they come again and again', (name) => {
    const times = (...minutes: number[]) =>
      minutes.flatMap((minute) => samplesOf([{ metrics: { [ofFunction('Consumer', name)]: 1 } }], minute))
    expect(namesIn(raised(times(100, 105, 110), 200))).toEqual(['ConsumerErrors'])
    expect(raised(times(100, 101, 102, 130, 131), 200)).toEqual([])
  })

  it('a run of the keeper is told when Lambda gives it up, and not at its first error', () => {
    const minutes = [120, 121, 123]
    const errors = minutes.flatMap((minute) =>
      samplesOf([{ metrics: { [ofFunction('Keeper', 'Errors')]: 1 } }], minute),
    )
    expect(raised(errors, 300)).toEqual([])
    const dropped = samplesOf([{ metrics: { [ofFunction('Keeper', 'AsyncEventsDropped')]: 1 } }], 128)
    expect(namesIn(raised([...errors, ...dropped], 300))).toEqual(['KeeperErrors'])
  })

  it("a firm's credentials are told once, as long as they fail", async () => {
    const lines = recordsOf('Keeper', await keptLines('failed'))
    const all = raised(
      [60, 120, 180, 240].flatMap((minute) => samplesOf([{ records: lines }], minute)),
      900,
    )
    expect(namesIn(all)).toEqual(['FailingCredentials'])
  })

  it('lists that were not walked for half a day are told once, as long as that lasts', () => {
    const line = (behindSeconds: number) => recordsOf('Keeper', [{ catchUp: 'walked', behindSeconds }])
    const at = (minutes: number[], seconds: number) =>
      minutes.flatMap((minute) => samplesOf([{ records: line(seconds) }], minute))
    expect(namesIn(raised(at([60, 75, 90, 105, 120, 180], 12 * 3_600 + 1), 900))).toEqual(['CatchUpBehind'])
    expect(raised(at([60, 75], 12 * 3_600), 900)).toEqual([])
  })
})

const failsOnce = () => {
  let runs = 0
  return on('matter.updated', { name: 'once' }, () => {
    runs += 1
    if (runs === 1) throw new Error('not yet')
  })
}
/** Those that a test above is about. */
const toldOutcomes = ['dead-lettered', 'expired']

const noises: [string, Loss][] = [
  [
    "a scanner's 404s",
    () =>
      Array.from({ length: 500 }, () => [answered('404', '-'), { metrics: { [ofApi('4xx')]: 1 } }]).flat(),
  ],
  ['500 requests without our headers', () => Array.from({ length: 500 }, refused('missing-header')).flat()],
  ['an accepted delivery', () => [written('Receiver', { delivery: 'accepted' }), answered('200')]],
  [
    'an attempt that fails, and succeeds later',
    async () => [{ records: recordsOf('Consumer', await consumedLines([failsOnce()])) }],
  ],
  ...namesOf(eventOutcomes)
    .filter((outcome) => !toldOutcomes.includes(outcome))
    .map((outcome): [string, Loss] => [
      `an event that is ${outcome}`,
      loses({ records: recordsOf('Consumer', [{ event: outcome, ms: 7 }]) }),
    ]),
  [
    'a throttle of the consumer, which Lambda tries again',
    loses({ metrics: { [ofFunction('Consumer', 'Throttles')]: 1 } }),
  ],
  [
    'a throttle of the keeper, which Lambda tries again',
    loses({ metrics: { [ofFunction('Keeper', 'Throttles')]: 1 } }),
  ],
  [
    'a delivery that is put aside',
    loses({ records: recordsOf('Receiver', [{ delivery: 'put-aside', type: 'matter.updated', ms: 7 }]) }),
  ],
  ['nothing that is unfinished', loses(keeperLine({ unfinished: 0, oldestSeconds: 0 }))],
  [
    'what was put aside for less than 15 minutes, and brought in',
    loses(keeperLine({ aside: 0, asideSeconds: 300, broughtIn: 3, givenUp: 0 })),
  ],
  [
    "a firm's subscription that is as it should be",
    async () => [{ records: recordsOf('Keeper', await keptLines('unchanged')) }],
  ],
]

it.each(noises)('no alarm: %s', async (_, noise) => {
  expect(raised(samplesOf(await noise(), 100), 200)).toEqual([])
})

it('each alarm is one that a test above has raised, but for that of handlers', async () => {
  const raisedAbove = new Set([
    ...losses.map(([, alarm]) => alarm),
    ...[
      'WaitingDeadLetters',
      'RetentionEnds',
      'OldEvents',
      'ConsumerErrors',
      'KeeperErrors',
      'FailingCredentials',
      'CatchUpBehind',
    ],
  ])
  expect(alarms.map(({ name }) => name).filter((name) => !raisedAbove.has(name))).toEqual(['HandlerFailures'])
  const fiveTimes = await consumedLines([
    on('matter.updated', { name: 'a' }, () => {
      throw new Error('no')
    }),
  ])
  const lines = fiveTimes.filter(({ event }) => event === 'failed')
  expect(namesIn(raised(samplesOf([{ records: recordsOf('Consumer', lines) }], 100), 200))).toEqual([
    'HandlerFailures',
  ])
})
