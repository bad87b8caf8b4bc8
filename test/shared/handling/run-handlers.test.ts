import { beforeEach, describe, expect, it } from 'vitest'
import { readEnvelope } from '../../../shared/event/envelope.ts'
import type { ClaimedEvent } from '../../../shared/handling/call-handler.ts'
import type { SmokeballEvent } from '../../../shared/handling/event.ts'
import { type Handler, on } from '../../../shared/handling/handler-registry.ts'
import { hangingHandlers } from '../../../shared/handling/hanging-handlers.ts'
import { failHandlers, type RunDeps, runHandlers } from '../../../shared/handling/run-handlers.ts'
import { type PlanFacts, planRun, type RunPlan } from '../../../shared/handling/run-plan.ts'
import { runningHandlers } from '../../../shared/handling/running-handlers.ts'
import type { HandlerRecord } from '../../../shared/ledger/event-record.ts'
import { timeLimitOf } from '../../../shared/runtime/time-limit.ts'
import { withoutSmokeball } from '../../without-smokeball.ts'

const startEpochMs = Date.UTC(2026, 0, 1)
let nowEpochMs: number
let lines: Record<string, unknown>[]
let deps: RunDeps
beforeEach(() => {
  nowEpochMs = startEpochMs
  lines = []
  deps = {
    clock: { now: () => nowEpochMs, after: () => () => {} },
    random: () => 0,
    log: (_, line) => void lines.push(line),
    describe: (thrown) => `told: ${(thrown as Error).message}`,
    secret: () => 'secret',
    maxAttempts: 3,
    hanging: hangingHandlers(() => nowEpochMs),
    running: runningHandlers(),
    smokeball: withoutSmokeball.smokeball,
  }
})

const limit = () => timeLimitOf(startEpochMs, 30_000, new AbortController().signal)

/** A claimed event, with what the plan of its run follows from. */
type Claimed = ClaimedEvent & Pick<PlanFacts, 'previous' | 'replay' | 'retryDueEpochMs'>

function planned(handlers: Handler[], { envelope, previous, replay, retryDueEpochMs }: Claimed): RunPlan {
  const { eventId, type } = envelope
  return planRun(handlers, { eventId, type, previous, replay, retryDueEpochMs })
}

const run = (handlers: Handler[], event: Claimed) =>
  runHandlers(deps, planned(handlers, event), event, limit())

const fail = (handlers: Handler[], event: Claimed, thrown: unknown) =>
  failHandlers(deps, planned(handlers, event), event, thrown)

function claimed(given: Partial<Claimed> = {}, payload = '{"id":"c","list":[1,{"deep":2}]}'): Claimed {
  const text = `{"accountId":"a","subscriptionId":"s","type":"contact.updated","payload":${payload},"timestamp":5}`
  return {
    envelope: readEnvelope(text),
    note: { requestId: 'r', sentTicks: undefined, receivedEpochMs: 0, keyFingerprint: 'k' },
    own: false,
    fence: 7,
    seen: new Map(),
    writes: new Map(),
    cause: undefined,
    previous: undefined,
    replay: undefined,
    retryDueEpochMs: undefined,
    ...given,
  }
}

/** What earlier runs came to. */
function after(handlers: Record<string, HandlerRecord>): Pick<Claimed, 'previous'> {
  return { previous: { status: 'failed', handlers, attempts: 1 } }
}

const failedOnce: HandlerRecord = {
  outcome: 'failed',
  failures: 1,
  waits: 0,
  notBeforeEpochMs: startEpochMs + 5_000,
}

describe('handlers of one event', () => {
  it('each get a payload, a resource and a cause of their own', async () => {
    const seen: SmokeballEvent[] = []
    const handlers = ['a', 'b'].map((name) => on('*', { name }, (event) => void seen.push(event)))
    const cause = { method: 'PUT', path: '/contacts/1', handler: 'crm' } as unknown as ClaimedEvent['cause']
    const event = claimed({ cause })
    await run(handlers, event)
    const [one, other] = seen
    for (const member of ['payload', 'resource', 'cause'] as const) {
      expect(one?.[member]).toEqual(other?.[member])
      expect(one?.[member]).not.toBe(other?.[member])
    }
    expect(one?.cause).not.toBe(cause)
    expect(one?.resource).not.toBe(event.envelope.resource)
    const [list, otherList] = seen.map(({ payload }) => (payload as { list: unknown[] }).list)
    expect(list?.[1]).not.toBe(otherList?.[1])
  })

  /** How many of three run at most at once, for a payload of so many characters. */
  async function mostAtOnce(chars: number, events = 1): Promise<number> {
    let [running, most] = [0, 0]
    const handlers = ['a', 'b', 'c'].map((name) =>
      on('*', { name }, async () => {
        most = Math.max(most, ++running)
        await new Promise(setImmediate)
        running--
      }),
    )
    const empty = '{"id":"c","x":""}'
    const payload = `{"id":"c","x":"${'x'.repeat(chars - empty.length)}"}`
    const ran = await Promise.all(Array.from({ length: events }, () => run(handlers, claimed({}, payload))))
    const outcomes = ran.flatMap((records) => Object.values(records).map(({ outcome }) => outcome))
    expect(outcomes).toEqual(Array(3 * events).fill('handled'))
    return most
  }

  it('run side by side, and one by one from 256 KB on', async () => {
    expect(await mostAtOnce(262_143)).toBe(3)
    expect(await mostAtOnce(262_144)).toBe(1)
    expect(await mostAtOnce(262_143, 2)).toBe(6)
    expect(await mostAtOnce(262_144, 2)).toBe(1)
  })

  it('that had no time left after others of a large event have not failed', async () => {
    const handlers = [
      on('*', { name: 'slow' }, () => {
        nowEpochMs = limit().signalEpochMs
      }),
      on('*', { name: 'next' }, () => {}),
    ]
    const payload = `{"id":"c","x":"${'x'.repeat(300_000)}"}`
    expect(await run(handlers, claimed({}, payload))).toMatchObject({
      slow: { outcome: 'handled' },
      next: { outcome: 'failed', failures: 0, notBeforeEpochMs: limit().signalEpochMs },
    })
  })

  it('are told to be running while they run', async () => {
    const names: string[][] = []
    const handlers: Handler[] = ['a', 'b'].map((name) =>
      on('*', { name }, async () => {
        names.push(deps.running.names())
        await new Promise(setImmediate)
      }),
    )
    await run(handlers, claimed())
    expect(names.at(-1)).toEqual(['a', 'b'])
    expect(deps.running.names()).toEqual([handlers.at(-1)?.name])
  })
})

describe('a failed run', () => {
  const fails = on('*', { name: 'h' }, () => {
    throw new Error('down')
  })

  it('is put off by at least half of its back-off', async () => {
    expect((await run([fails], claimed())).h?.notBeforeEpochMs).toBe(startEpochMs + 2_500)
    deps.random = () => 0.5
    expect((await run([fails], claimed())).h?.notBeforeEpochMs).toBe(startEpochMs + 3_750)
  })

  it('may be put off by another back-off', async () => {
    deps.backOffMs = (failures) => failures * 7
    expect((await run([fails], claimed())).h?.notBeforeEpochMs).toBe(startEpochMs + 7)
  })
})

describe('a retry', () => {
  const runs = () => {
    const seen: string[] = []
    const handlers = ['due', 'not-due', 'done'].map((name) => on('*', { name }, () => void seen.push(name)))
    const previous = after({
      due: failedOnce,
      // By the clock it may be due, too.
      'not-due': { ...failedOnce, notBeforeEpochMs: startEpochMs + 8_000 },
      done: { outcome: 'handled', failures: 0, waits: 0 },
    })
    return { seen, handlers, previous }
  }

  it('runs who is due by the recorded time, and nobody else', async () => {
    const { seen, handlers, previous } = runs()
    nowEpochMs += 10_000
    await run(handlers, claimed({ ...previous, retryDueEpochMs: startEpochMs + 5_000 }))
    expect(seen).toEqual(['due'])
  })

  it('runs them though the clock is behind', async () => {
    const { seen, handlers, previous } = runs()
    nowEpochMs -= 60_000
    await run(handlers, claimed({ ...previous, retryDueEpochMs: startEpochMs + 5_000 }))
    expect(seen).toEqual(['due'])
  })

  it('of a handler that hangs is put off without a run, and spends no attempt', async () => {
    const { seen, handlers, previous } = runs()
    for (let nth = 0; nth < 3; nth++) deps.hanging.note('due', true)
    const event = claimed({ ...previous, retryDueEpochMs: startEpochMs + 5_000 })
    nowEpochMs += 5_000
    expect((await run(handlers, event)).due).toEqual({
      ...failedOnce,
      notBeforeEpochMs: nowEpochMs + 5_000,
    })
    expect(seen).toEqual([])
    // Its first deliveries go on, and every 30 seconds one retry is tried.
    await run(handlers.slice(0, 1), claimed())
    expect(seen).toEqual(['due'])
  })
})

describe('an event of which nobody can tell whose it is', () => {
  it('has failed once more for all that are due, and for nobody else', () => {
    const handlers = ['done', 'open', 'new'].map((name) => on('*', { name }, () => {}))
    const previous = after({ done: { outcome: 'handled', failures: 0, waits: 0 }, open: failedOnce })
    const records = fail(handlers, claimed(previous), new Error('no database'))
    expect(records).toMatchObject({
      done: { outcome: 'handled' },
      open: {
        outcome: 'failed',
        failures: 2,
        error: 'told: no database',
        notBeforeEpochMs: startEpochMs + 5_000,
      },
      new: { outcome: 'failed', failures: 1 },
    })
    expect(lines).toMatchObject([{ failure: 'isOwn', error: 'told: no database' }])
  })

  it('is given up after as many failures as any', () => {
    const handlers = [on('*', { name: 'h' }, () => {})]
    const previous = after({ h: { ...failedOnce, failures: 2 } })
    const records = fail(handlers, claimed(previous), new Error('x'))
    expect(records.h).toMatchObject({ outcome: 'gave-up', failures: 3 })
  })

  it('has failed for those alone that its retry is for', () => {
    const handlers = ['due', 'not-due'].map((name) => on('*', { name }, () => {}))
    const previous = after({
      due: failedOnce,
      'not-due': { ...failedOnce, notBeforeEpochMs: startEpochMs + 60_000 },
    })
    const event = claimed({ ...previous, retryDueEpochMs: startEpochMs + 5_000 })
    const records = fail(handlers, event, new Error('x'))
    expect([records.due?.failures, records['not-due']?.failures]).toEqual([2, 1])
  })
})
