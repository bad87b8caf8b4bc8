import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Engines, startEngines } from '../../../infra/local/engines/engines.ts'
import { tableName } from '../../../infra/operate/local-account.ts'
import { type TokenBucketDeps, tokenBucket } from '../../../shared/smokeball-api/token-bucket.ts'
import { simulatedDynamodb } from '../../simulation/simulated-dynamodb.ts'

type Client = TokenBucketDeps['client']
const { signal } = new AbortController()
const startEpochMs = Date.UTC(2026, 10, 23)
const patience = 600_000

/** Smokeball's bucket, as it is documented: 5 calls at once, 5 a second. Returns how many of the calls it refuses. */
function refusals(sentEpochMs: readonly number[]): number {
  let tokens = 5
  let lastEpochMs = Number.NEGATIVE_INFINITY
  let refused = 0
  for (const epochMs of sentEpochMs.toSorted((a, b) => a - b)) {
    tokens = Math.min(5, tokens + ((epochMs - lastEpochMs) / 1000) * 5)
    lastEpochMs = epochMs
    // Beyond what a sum of fractions loses.
    if (tokens < 1 - 1e-6) refused++
    else tokens--
  }
  return refused
}

/** Lambdas that share a bucket, each with a clock of its own. */
function takers(client: Client, clientId: string, skewsMs: readonly number[], table = 'events') {
  const time = { epochMs: startEpochMs }
  const sent: number[] = []
  const buckets = skewsMs.map((skewMs) =>
    tokenBucket({ client, tableName: table, now: () => time.epochMs + skewMs }),
  )
  const take = async (index: number, maxWaitMs = patience) => {
    const taken = await buckets[index % buckets.length]?.take(clientId, maxWaitMs, signal)
    if (taken?.kind === 'taken') sent.push(time.epochMs + taken.waitMs)
    return taken
  }
  return { time, sent, take }
}

function counting(client: Client) {
  const counted = {
    calls: 0,
    send: (...args: unknown[]) => ++counted.calls && client.send(...(args as [never])),
  }
  return counted as unknown as Client & { calls: number }
}

const simulated = (itemOnFailure = true) => simulatedDynamodb({ itemOnFailure }).client

describe('a bucket', () => {
  it('lets four calls go at once, then one every 200 ms', async () => {
    const { take } = takers(simulated(), 'c', [0])
    const waits = []
    for (let call = 0; call < 7; call++) waits.push((await take(0))?.waitMs)
    expect(waits).toEqual([0, 0, 0, 0, 200, 400, 600])
  })

  it('costs one write for each call of a Lambda that knows it, and no read', async () => {
    const client = counting(simulated())
    const { take, time } = takers(client, 'c', [0])
    for (let call = 1; call <= 20; call++) {
      await take(0)
      time.epochMs += (call % 3) * 250
      expect(client.calls).toBe(call)
    }
  })

  it('keeps no place for a call that cannot wait for it, and says how long it would be', async () => {
    const client = counting(simulated())
    const { take, time } = takers(client, 'c', [0, 0])
    for (let call = 0; call < 6; call++) await take(0)
    expect(await take(1, 399)).toEqual({ kind: 'full', waitMs: 600 })
    const { calls } = client
    expect(await take(1, 399)).toEqual({ kind: 'full', waitMs: 600 })
    expect(client.calls).toBe(calls)
    time.epochMs += 300
    expect(await take(1, 399)).toEqual({ kind: 'taken', waitMs: 300 })
  })

  it('is another for each client', async () => {
    const client = simulated()
    const [a, b] = [takers(client, 'a', [0]), takers(client, 'b|c', [0])]
    for (let call = 0; call < 10; call++) await a.take(0)
    expect(await b.take(0)).toEqual({ kind: 'taken', waitMs: 0 })
  })

  it('is not emptied by a clock that is an hour ahead, nor blocked for those whose clock is right', async () => {
    const { take, time, sent } = takers(simulated(), 'c', [0, 3_600_000])
    await take(1)
    for (let call = 0; call < 50; call++) {
      expect((await take(call))?.kind).toBe('taken')
      time.epochMs += 200
    }
    expect(refusals(sent)).toBe(0)
    expect(Math.max(...sent)).toBeLessThan(time.epochMs)
  })

  it('fails when the table does', async () => {
    const failing = { send: () => Promise.reject(new Error('no table')) } as unknown as Client
    await expect(takers(failing, 'c', [0]).take(0)).rejects.toThrow('no table')
  })
})

describe('calls by a shared bucket', () => {
  const steps = fc.array(
    fc.record({
      passMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 3_000 })),
      by: fc.array(fc.nat(5), { minLength: 1, maxLength: 6 }),
      maxWaitMs: fc.constantFrom(0, 500, patience),
    }),
    { minLength: 1, maxLength: 25 },
  )

  it('are never too many for Smokeball, with clocks that differ by up to 200 ms', async () => {
    const skews = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(steps, skews, fc.boolean(), async (history, skewsMs, itemOnFailure) => {
        const { time, sent, take } = takers(simulated(itemOnFailure), 'c', skewsMs)
        for (const { passMs, by, maxWaitMs } of history) {
          time.epochMs += passMs
          await Promise.all(by.map((index) => take(index, maxWaitMs)))
        }
        expect(refusals(sent)).toBe(0)
      }),
      { numRuns: 300 },
    )
  })

  it('go over by no more than clocks differ, and by nothing once the fastest is known', async () => {
    const skews = fc.array(fc.integer({ min: -20_000, max: 20_000 }), { minLength: 2, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(steps, skews, async (history, skewsMs) => {
        const { time, sent, take } = takers(simulated(), 'c', skewsMs)
        for (const { passMs, by, maxWaitMs } of history) {
          time.epochMs += passMs
          await Promise.all(by.map((index) => take(index, maxWaitMs)))
        }
        const tookMs = Math.max(...sent) - Math.min(...sent) + Math.max(...skewsMs) - Math.min(...skewsMs)
        expect(sent.length).toBeLessThanOrEqual(4 + tookMs / 200)
        // Whoever takes after the fastest knows its clock.
        for (const index of [...skewsMs.keys(), ...skewsMs.keys()]) await take(index)
        time.epochMs += 2 * patience
        const settled = sent.length
        for (let call = 0; call < 40; call++) await take(call * 7)
        expect(refusals(sent.slice(settled))).toBe(0)
      }),
      { numRuns: 200 },
    )
  })

  it('lose no place: a queue is served at full rate, in turn', async () => {
    const { sent, take } = takers(simulated(), 'c', [0, 30, -30, 90])
    await Promise.all(Array.from({ length: 104 }, (_, call) => take(call)))
    expect(Math.max(...sent) - startEpochMs).toBeLessThanOrEqual(100 * 200 + 180)
  })
})

describe('on a real engine', () => {
  let engines: Engines
  let client: DynamoDBClient
  beforeAll(async () => {
    engines = await startEngines({ consumerTimeoutMs: 30_000 })
    client = new DynamoDBClient(engines.dynamodbConfig)
  })
  afterAll(async () => {
    client.destroy()
    await engines.stop()
  })

  it('thirty Lambdas that call at once stay within the limit and all get their turn', async () => {
    const skewsMs = Array.from({ length: 30 }, (_, index) => (index * 37) % 100)
    const { time, sent, take } = takers(client, 'thirty', skewsMs, tableName)
    for (const passMs of [0, 100, 5_000, 30_000]) {
      time.epochMs += passMs
      const taken = await Promise.all(skewsMs.map((_, index) => take(index)))
      expect(taken.map((each) => each?.kind)).toEqual(skewsMs.map(() => 'taken'))
    }
    expect(sent).toHaveLength(120)
    expect(refusals(sent)).toBe(0)
  })

  it('tells that it is full', async () => {
    const { take } = takers(client, 'full', [0, 0], tableName)
    for (let call = 0; call < 6; call++) await take(0)
    expect(await take(1, 100)).toEqual({ kind: 'full', waitMs: 600 })
  })
})
