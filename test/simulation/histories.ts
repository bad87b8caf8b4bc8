import fc from 'fast-check'
import { maxSlots } from '../../shared/ledger/ledger-slots.ts'
import {
  type EventPlan,
  type Fault,
  faultKinds,
  faultPlaces,
  type History,
  type ReplayPlan,
} from './history.ts'
import { knownHistories } from './known-histories.ts'
import { type EventType, eventTypes, handlerPlans, type RunScript } from './scripted-handlers.ts'

const mostly = <T>(usual: T, ...others: T[]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 4, arbitrary: fc.constantFrom(...others) })

const event = fc.record<EventPlan>({
  resource: mostly(0, 1),
  type: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom<EventType>('contact.updated', 'contact.created') },
    { weight: 2, arbitrary: fc.constantFrom(...eventTypes) },
  ),
  ticks: fc.nat({ max: 4 }),
  own: mostly(false, true),
})

const run = fc.record<RunScript>({
  ms: fc.constantFrom(0, 40, 4_000, 20_000),
  end: fc.constantFrom('fail', 'succeed', 'retry-after', 'permanent-failure', 'exit', 'hang', 'heed'),
})

const fault = fc.record<Fault>({
  at: fc.constantFrom(...faultPlaces),
  nth: mostly(0, 1, 2, 3, 4, 5, 6),
  what: fc.constantFrom(...faultKinds),
  overMs: fc.constantFrom(1, 500, 3_000, 12_000, 32_000, 120_000),
})

/** A fault where two workers, or two tries, meet over one event. */
const contest = fc.record<Fault>({
  at: fc.constantFrom('read', 'claim', 'start', 'finish', 'handler', 'dead-letter', 'delay', 'report'),
  nth: fc.nat({ max: 2 }),
  what: fc.constantFrom(
    'stalls-before',
    'stalls-after',
    'stalls-before',
    'unanswered',
    'refused',
    'repeated',
  ),
  overMs: fc.constantFrom(1, 100, 300, 900, 1_500, 3_000, 15_000),
})

/**
 * Operators redrive at any time. Some leave the dead letter where it is, too; the AWS console leaves it its own group,
 * which is not that of its resource.
 */
const redrive = fc.record({
  atMs: fc.constantFrom(20_000, 200_000, 900_000, 7_200_000),
  keepsCopy: mostly(false, true),
  keepsGroup: mostly(false, true),
})

const crashLoop: RunScript[] = Array.from({ length: 4 }, () => ({ ms: 0, end: 'exit' }))
const crashLoopAfter = (end: RunScript['end']): RunScript[] => [{ ms: 0, end }, ...crashLoop]

interface Family {
  events?: fc.Arbitrary<EventPlan[]>
  maxEvents: number
  maxDeliveries: number
  runs: fc.Arbitrary<RunScript>
  /** Before those, in some scripts. */
  firstRuns: fc.Arbitrary<RunScript[]>
  minScripts: number
  faults: fc.Arbitrary<Fault[]>
  minRedrives: number
  lateHandlesDelete: fc.Arbitrary<boolean>
  knownActions: fc.Arbitrary<number>
  maxReplays: number
  /** @default mostly kept */
  bodies?: fc.Arbitrary<History['bodies']>
}

/** A claim of whatever kind, made twice. */
const repeatedClaim = fc.record<Fault>({
  at: fc.constant('claim'),
  nth: fc.nat({ max: 9 }),
  what: fc.constant('repeated'),
  overMs: fc.constant(0),
})

/** Arrays shrink to fewer, and each choice to its first: what is left is what the failure needs. */
function historiesOf(given: Family): fc.Arbitrary<History> {
  const eventIndex = fc.nat({ max: given.maxEvents - 1 })
  const handlerNames = handlerPlans.map(({ name }) => name)
  const replay = fc.record<ReplayPlan>({
    atMs: fc.constantFrom(2_000, 10_000, 30_000, 100_000, 200_500, 301_000, 900_500, 2_000_000, 7_201_000),
    event: eventIndex,
    id: fc.constantFrom('r1', 'r2', 'r3'),
    whom: fc.oneof(
      fc.constantFrom<'failed' | 'all'>('failed', 'all'),
      fc.subarray(handlerNames, { minLength: 1, maxLength: 3 }),
    ),
    force: fc.boolean(),
    copies: mostly<1 | 2>(1, 2),
  })
  return fc.record<History>({
    events: given.events ?? fc.array(event, { minLength: 1, maxLength: given.maxEvents }),
    deliveries: fc.array(
      fc.record({
        event: eventIndex,
        subscription: mostly(0, 1),
        afterMs: mostly(0, 5, 1_000, 15_000, 40_000, 181_000, 190_000, 301_000),
      }),
      { minLength: 1, maxLength: given.maxDeliveries },
    ),
    handlers: fc.subarray(handlerNames),
    paceMs: mostly(0, 200, 9_000),
    scripts: fc.array(
      fc.record({
        handler: fc.nat({ max: handlerPlans.length - 1 }),
        event: eventIndex,
        runs: fc
          .tuple(given.firstRuns, fc.array(given.runs, { minLength: 1, maxLength: 4 }))
          .map((runs) => runs.flat()),
        poison: mostly(false, true),
      }),
      { minLength: given.minScripts, maxLength: 4 },
    ),
    faults: given.faults,
    latencies: fc.array(fc.constantFrom(0, 1, 30, 250, 900), { minLength: 1, maxLength: 8 }),
    delays: fc.array(fc.record({ lateMs: mostly(0, 700, 40_000, 400_000), copies: mostly<1 | 2>(1, 2) }), {
      minLength: 1,
      maxLength: 3,
    }),
    redrives: fc.array(redrive, { minLength: given.minRedrives, maxLength: 2 }),
    batchSize: fc.constantFrom(10, 1, 2),
    lateHandlesDelete: given.lateHandlesDelete,
    itemOnFailure: fc.boolean(),
    knownActions: given.knownActions,
    probe: fc.constantFrom('none', 'soon', 'soon', 'after-retention', 'after-all'),
    replays: fc.uniqueArray(replay, {
      selector: ({ id, event }) => `${id} ${event}`,
      minLength: Math.min(1, given.maxReplays),
      maxLength: given.maxReplays,
    }),
    bodies: given.bodies ?? mostly<History['bodies']>('kept', 'short-lived'),
  })
}

const many: Family = {
  maxEvents: 5,
  maxDeliveries: 9,
  runs: run,
  firstRuns: fc.constant([]),
  minScripts: 0,
  faults: fc.array(fault, { maxLength: 4 }),
  minRedrives: 0,
  lateHandlesDelete: fc.boolean(),
  knownActions: fc.constant(0),
  maxReplays: 0,
}
/** Few events, fought over. */
const contested: Family = {
  ...many,
  maxEvents: 2,
  maxDeliveries: 3,
  runs: fc.record({
    ms: mostly(0, 40, 4_000),
    end: fc.constantFrom('succeed', 'fail', 'retry-after', 'permanent-failure', 'exit'),
  }),
  minScripts: 1,
  lateHandlesDelete: mostly(true, false),
  faults: fc.array(contest, { minLength: 1, maxLength: 2 }),
}
/** Events that end as dead letters, and are redriven. */
const hopeless: Family = {
  ...many,
  maxEvents: 2,
  maxDeliveries: 4,
  runs: fc.record({ ms: fc.constant(0), end: fc.constantFrom('permanent-failure', 'exit', 'fail') }),
  minScripts: 2,
  faults: fc.array(fc.oneof(fault, contest, repeatedClaim), { maxLength: 2 }),
  minRedrives: 1,
}
/** Resources whose ledger is full, or will be with the next actions. */
const crowded: Family = {
  ...many,
  minScripts: 0,
  faults: fc.array(fault, { maxLength: 1 }),
  knownActions: fc.constantFrom(maxSlots + 1, maxSlots, maxSlots - 1),
  events: fc.array(
    fc.tuple(event, fc.constantFrom(...eventTypes)).map(([plan, type]) => ({ ...plan, type })),
    { minLength: 1, maxLength: 5 },
  ),
}
/** Events that operators handle again, while they fail, are given up and are redriven. */
const replayed: Family = {
  ...many,
  maxEvents: 2,
  maxDeliveries: 3,
  runs: fc.record({
    ms: mostly(0, 40, 4_000),
    end: fc.constantFrom('succeed', 'fail', 'permanent-failure', 'retry-after'),
  }),
  firstRuns: mostly([], crashLoop, crashLoopAfter('succeed'), crashLoopAfter('fail')),
  minScripts: 2,
  faults: fc.array(fc.oneof(fault, contest), { maxLength: 2 }),
  maxReplays: 3,
}
/** Slow and failing runs of one resource, whose worker stalls, or cannot do one thing, while others wait behind it. */
const stalled: Family = {
  ...many,
  events: fc.array(
    fc.record<EventPlan>({
      resource: fc.constant(0),
      type: fc.constant('contact.updated'),
      ticks: fc.nat({ max: 2 }),
      own: fc.constant(false),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  maxEvents: 2,
  maxDeliveries: 3,
  runs: fc.record({
    ms: fc.constantFrom(0, 4_000, 20_000),
    end: fc.constantFrom('succeed', 'fail', 'exit', 'retry-after'),
  }),
  firstRuns: mostly([{ ms: 0, end: 'fail' }], []),
  minScripts: 2,
  lateHandlesDelete: mostly(true, false),
  faults: fc.array(
    fc.record<Fault>({
      at: fc.constantFrom('finish', 'claim', 'read', 'delay', 'report'),
      nth: fc.nat({ max: 2 }),
      what: fc.constantFrom('stalls-before', 'stalls-after', 'refused', 'unanswered'),
      overMs: fc.constantFrom(1, 100, 900, 3_000),
    }),
    { minLength: 1, maxLength: 2 },
  ),
}
/** A newer event of a resource whose first claim fails, and long runs of an older one behind it. */
const behind: Family = {
  ...stalled,
  events: fc.constant([1, 0].map((ticks) => ({ resource: 0, type: 'contact.updated', ticks, own: false }))),
  runs: fc.record({ ms: fc.constantFrom(4_000, 20_000), end: fc.constant('succeed') }),
  firstRuns: fc.constant([]),
  faults: fc.constant([{ at: 'claim', nth: 0, what: 'refused', overMs: 0 }]),
}
/** Dead letters that are redriven, many into groups of their own, where nothing keeps them from what is brought back. */
const astray: Family = {
  ...stalled,
  maxEvents: 1,
  maxDeliveries: 1,
  runs: fc.record({
    ms: mostly(0, 4_000),
    end: fc.constantFrom('fail', 'exit', 'succeed', 'retry-after'),
  }),
  firstRuns: fc.constant([
    { ms: 0, end: 'permanent-failure' },
    { ms: 0, end: 'fail' },
  ]),
  faults: fc.array(
    fc.record<Fault>({
      at: fc.constantFrom('finish', 'delay', 'claim', 'report'),
      nth: fc.nat({ max: 2 }),
      what: fc.constantFrom('stalls-before', 'stalls-after', 'refused'),
      overMs: fc.constantFrom(1, 100, 900, 3_000),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  minRedrives: 1,
}
/** Events of several resources in one batch, some of whose handlers end the process each time. */
const deadly: Family = {
  ...many,
  events: fc.array(
    fc.record<EventPlan>({
      resource: fc.nat({ max: 4 }),
      type: fc.constantFrom<EventType>('contact.updated', 'contact.created'),
      ticks: fc.nat({ max: 4 }),
      own: fc.constant(false),
      isBomb: mostly(false, true),
    }),
    { minLength: 2, maxLength: 6 },
  ),
  maxEvents: 6,
  runs: fc.record({
    ms: mostly(0, 40, 4_000),
    end: fc.constantFrom('exit', 'exit', 'exit', 'fail', 'succeed'),
  }),
  minScripts: 1,
  faults: fc.array(fault, { maxLength: 1 }),
}
/** Events that are late when they are replayed, and when another message brings back what failed in the replay. */
const forced: Family = {
  ...replayed,
  events: fc.constant([1, 0].map((ticks) => ({ resource: 0, type: 'contact.updated', ticks, own: false }))),
  firstRuns: fc.constant([]),
  faults: fc.constant([]),
}
/** Bodies that go as soon as they may, of events that fail, are redriven and are handled again. */
const shortLived: Family = { ...replayed, minRedrives: 1, bodies: fc.constant('short-lived') }

/** One history's payloads say when their state was made, so long before the event, or do not. */
const statedBefore = fc.constantFrom(0, 10, undefined)

function statedEarlier(plan: EventPlan, before: number | undefined): EventPlan {
  const ticks = 10 * plan.ticks + (before ?? 0)
  return before === undefined ? { ...plan, ticks } : { ...plan, ticks, stamp: 10 * plan.ticks }
}

/** What catch-up found, before, between and behind deliveries of the same states, of older and of newer ones. */
const recovered: Family = {
  ...many,
  events: statedBefore.chain((before) =>
    fc
      .tuple(
        fc.uniqueArray(fc.record({ stamp: fc.nat({ max: 4 }), after: mostly(0, 3) }), {
          selector: ({ stamp }) => stamp,
          minLength: 1,
          maxLength: 2,
        }),
        fc.array(event, { minLength: 1, maxLength: 3 }),
      )
      .map(([found, delivered]): EventPlan[] => [
        ...found.map(
          ({ stamp, after }): EventPlan => ({
            ...{ resource: 0, type: 'contact.updated', ticks: 10 * stamp + after, stamp: 10 * stamp },
            ...{ own: false, isRecovered: true },
          }),
        ),
        ...delivered.map((plan) => statedEarlier(plan, before)),
      ]),
  ),
  runs: fc.record({
    ms: mostly(0, 40, 4_000),
    end: fc.constantFrom('succeed', 'fail', 'retry-after', 'permanent-failure', 'exit'),
  }),
  minScripts: 1,
  minRedrives: 1,
  faults: fc.array(fc.oneof(fault, contest, repeatedClaim), { maxLength: 2 }),
}

/** What an import shows to one handler, among deliveries of the same states, of older and of newer ones, and what catch-up finds. */
const imported: Family = {
  ...recovered,
  maxReplays: 1,
  events: statedBefore.chain((before) =>
    fc
      .tuple(
        fc.uniqueArray(
          fc.record({
            stamp: fc.nat({ max: 4 }),
            handler: fc.constantFrom('sync', 'created', 'audit', 'journal'),
          }),
          { selector: ({ stamp, handler }) => `${stamp} ${handler}`, minLength: 1, maxLength: 2 },
        ),
        fc.uniqueArray(fc.nat({ max: 4 }), { maxLength: 1 }),
        fc.array(event, { minLength: 1, maxLength: 2 }),
      )
      .map(([imports, found, delivered]): EventPlan[] => [
        ...imports.map(
          ({ stamp, handler }): EventPlan => ({
            resource: 0,
            type: 'contact.created',
            ticks: 10 * stamp,
            stamp: 10 * stamp,
            own: false,
            importedFor: handler,
          }),
        ),
        ...found.map(
          (stamp): EventPlan => ({
            resource: 0,
            type: 'contact.updated',
            ticks: 10 * stamp,
            stamp: 10 * stamp,
            own: false,
            isRecovered: true,
          }),
        ),
        ...delivered.map((plan) => statedEarlier(plan, before)),
      ]),
  ),
}

export const families = {
  many: historiesOf(many),
  contested: historiesOf(contested),
  hopeless: historiesOf(hopeless),
  crowded: historiesOf(crowded),
  replayed: historiesOf(replayed),
  forced: historiesOf(forced),
  deadly: historiesOf(deadly),
  stalled: historiesOf(stalled),
  behind: historiesOf(behind),
  astray: historiesOf(astray),
  shortLived: historiesOf(shortLived),
  recovered: historiesOf(recovered),
  imported: historiesOf(imported),
  known: fc.constantFrom(...Object.values(knownHistories)),
}

export const histories: fc.Arbitrary<History> = fc.oneof(
  { weight: 5, arbitrary: families.many },
  { weight: 5, arbitrary: families.contested },
  { weight: 2, arbitrary: families.hopeless },
  { weight: 2, arbitrary: families.crowded },
  { weight: 4, arbitrary: families.replayed },
  { weight: 1, arbitrary: families.forced },
  { weight: 2, arbitrary: families.deadly },
  { weight: 2, arbitrary: families.stalled },
  { weight: 2, arbitrary: families.astray },
  { weight: 1, arbitrary: families.shortLived },
  { weight: 3, arbitrary: families.recovered },
  { weight: 2, arbitrary: families.imported },
)
