import { describe, expect, it } from 'vitest'
import { startCommand } from '../infra/cli/in-process.ts'
import { billedConsumerMs, billedReceiverMs } from './billed-ms.ts'
import { assumptions } from './costs-assumptions.ts'
import { measured } from './costs-example.ts'
import type { Measured } from './costs-measure.ts'
import { costsNotifications } from './costs-notifications.ts'
import { costsOptions } from './costs-options.ts'
import { dollars, linesOf, markdownOf, usdOf } from './costs-table.ts'
import { eventRows } from './event-rows.ts'
import { withArchive } from './peer-measure.ts'
import { type PriceName, prices } from './prices.ts'
import { secretReadsAnHour } from './secret-reads.ts'
import { stackRows } from './stack-rows.ts'

const inVirginia = prices.regions['us-east-1']

const load = { events: 1_000_000, eventsABatch: 10, handlerMs: 100 }

function quantities(of: Partial<Measured> = {}, more: Partial<typeof load> = {}) {
  const rows = eventRows({ ...measured, ...of }, { ...load, ...more })
  return Object.fromEntries(
    rows.map(({ service, what, quantity }) => [`${service}: ${what}`, Number(quantity.toFixed(6))]),
  )
}

describe('billed milliseconds', () => {
  it('add waiting to the CPU time that a part of a CPU needs', () => {
    // 1 + 8 + 1 × 1769 / 512 = 12.5
    expect(billedReceiverMs(measured)).toBe(13)
    // 1 + 2 × 5 + 100 + 2 × 1769 / 512 = 117.9
    expect(billedConsumerMs(measured, { ...load, eventsABatch: 1 })).toBe(118)
  })

  it('let the events of a batch wait together and compute one after the other', () => {
    // 1 + 2 × 5 + 100 + 10 × 1 × 1769 / 512 = 145.6
    expect(billedConsumerMs(measured, load)).toBe(146)
  })
})

describe('what a million events take', () => {
  it('is an invocation and 13 ms of half a gigabyte a delivery', () => {
    expect(quantities()).toMatchObject({
      'API Gateway: requests': 1_000_000,
      'Lambda receiver: requests': 1_000_000,
      'Lambda receiver: GB-seconds': 6_500,
    })
  })

  it('is a tenth of the invocations, receives and deletes in batches of ten', () => {
    expect(quantities()).toMatchObject({
      'SQS: sends': 1_000_000,
      'SQS: receives': 100_000,
      'SQS: deletes': 100_000,
      'Lambda consumer: requests': 100_000,
      'Lambda consumer: GB-seconds': 7_300,
    })
    expect(quantities({}, { eventsABatch: 1 })).toMatchObject({
      'SQS: receives': 1_000_000,
      'SQS: deletes': 1_000_000,
      'Lambda consumer: requests': 1_000_000,
      'Lambda consumer: GB-seconds': 59_000,
    })
  })

  it('counts each 64 KB that SQS carries, and each 512 KB that API Gateway does', () => {
    const one = { bodyBytes: 512 * 1024, messageBytes: 64 * 1024 }
    expect(quantities(one)).toMatchObject({ 'API Gateway: requests': 1_000_000, 'SQS: sends': 1_000_000 })
    const over = { bodyBytes: 512 * 1024 + 1, messageBytes: 64 * 1024 + 1 }
    expect(quantities(over)).toMatchObject({
      'API Gateway: requests': 2_000_000,
      'SQS: sends': 2_000_000,
      'SQS: receives': 1_100_000,
      'SQS: deletes': 100_000,
    })
  })

  it('is the write units of table and index', () => {
    expect(quantities()).toMatchObject({
      'DynamoDB: write units, table': 2_500_000,
      'DynamoDB: write units, index': 1_000_000,
      'DynamoDB: read units': 0,
    })
  })

  it('keeps events for 30 days and ledgers for 400, each item with 100 bytes more', () => {
    // 120,000 events a day: 3.6 million kept at 1,000 B and 500 B in the index; a tenth of 48 million ledgers at 200 B.
    const kept = quantities({}, { events: 3_650_000 })
    expect(kept['DynamoDB storage: GB, table and index']).toBeCloseTo(3.6 + 0.96 + 1.8)
    expect(kept['DynamoDB storage: GB, point-in-time recovery']).toBeCloseTo(3.6 + 0.96)
  })

  it('writes a line a delivery, an event and a request, kept for 30 days', () => {
    const logged = quantities({}, { events: 3_650_000 })
    expect(logged["CloudWatch Logs: GB, functions' lines"]).toBeCloseTo(2.19)
    expect(logged['CloudWatch Logs: GB, access lines']).toBeCloseTo(0.73)
    expect(logged['CloudWatch Logs: GB, stored']).toBeCloseTo(2.88)
  })

  it('reads the secret every five minutes, and not more often than there are events', async () => {
    expect(await secretReadsAnHour()).toBe(12)
    expect(quantities()['Secrets Manager: calls']).toBe(2 * 12 * 730)
    expect(quantities({}, { events: 5 })['Secrets Manager: calls']).toBe(5)
  })

  it('is nothing without events', () => {
    expect(usdOf(inVirginia, eventRows(measured, { ...load, events: 0 }))).toBe(0)
  })
})

describe('the stack', () => {
  it('polls for nothing fifteen times a minute, runs its keeper every hour, and pays for alarms by their metrics', () => {
    const rows = stackRows(measured, assumptions.hourlyOutcomes.length)
    expect(rows.map(({ what, quantity }) => [what, quantity])).toEqual([
      ['dashboards', 1],
      ['metrics of alarms', 13],
      ['metrics from logs', 8],
      ['secrets', 2],
      ['polls for nothing', 657_000],
      ['runs of its schedule', 730],
      ['requests', 730],
      ['GB-seconds', 182.5],
      ['read units', 730],
      ['reads of secrets', 1460],
    ])
    // 3.00 + 13 × 0.10 + 8 × 0.30 + 2 × 0.40 + 0.657 × 0.50
    const ofKeeper = rows.filter(({ service }) => service === 'Keeper')
    expect(usdOf(inVirginia, rows) - usdOf(inVirginia, ofKeeper)).toBeCloseTo(7.8285)
    // 0.00073 × 1.00 + 0.00073 × 0.20 + 182.5 × 0.0000133334 + 0.00073 × 0.125 + 0.146 × 0.05
    expect(usdOf(inVirginia, ofKeeper)).toBeCloseTo(0.0107, 4)
  })
})

describe('prices', () => {
  it.each(Object.keys(inVirginia) as PriceName[])('a doubled %s doubles what is paid by it', (name) => {
    const rows = [...eventRows({ ...measured, tableReads: 1 }, load), ...stackRows(measured, 8)].filter(
      ({ price }) => price === name,
    )
    const doubled = { ...inVirginia, [name]: { ...inVirginia[name], usd: inVirginia[name].usd * 2 } }
    expect(usdOf(inVirginia, rows)).toBeGreaterThan(0)
    expect(usdOf(doubled, rows)).toBeCloseTo(2 * usdOf(inVirginia, rows), 10)
  })

  it('are for so many of a unit', () => {
    const row = (price: PriceName, quantity: number) => [{ service: '', what: '', price, quantity }]
    expect(usdOf(inVirginia, row('writeUnit', 3_000_000))).toBeCloseTo(1.875)
    expect(usdOf(inVirginia, row('lambdaGbSecond', 4_000))).toBeCloseTo(0.0533)
    expect(usdOf(inVirginia, row('secretCall', 17_520))).toBeCloseTo(0.0876)
  })
})

describe('the peer with archive and feed', () => {
  it('has a write more, the bytes of ours beside its own, and our index', () => {
    const peer: Measured = {
      ...measured,
      tableWrites: 3,
      consumerCpuMs: { 1: 3, 10: 1.5 },
      writeUnits: { ledger: 1, event: 2, index: 0 },
      storedBytes: { ledger: 80, event: 150, index: 0 },
    }
    expect(withArchive(peer, measured)).toMatchObject({
      tableWrites: 4,
      consumerCpuMs: { 1: 4, 10: 2 },
      writeUnits: { ledger: 1, event: 3.5, index: 1 },
      storedBytes: { ledger: 80, event: 1050, index: 400 },
    })
  })
})

describe('the table', () => {
  const rows = [
    { service: 'SQS', what: 'sends', price: 'sqsRequest', quantity: 1_000_000 },
    { service: 'SQS', what: 'deletes', price: 'sqsRequest', quantity: 1_000 },
    { service: 'Storage', what: 'GB', price: 'tableGbMonth', quantity: 4.25 },
  ] as const
  const table = { heads: ['here', 'there'], columns: [rows, rows] }

  it('says what is less than a cent', () => {
    expect([0, 0.004, 0.005, 1234.5].map(dollars)).toEqual(['$0.00', '<$0.01', '$0.01', '$1,234.50'])
  })

  it('lists each row and the sum for the terminal', () => {
    expect(linesOf(inVirginia, table)).toEqual([
      '                                here              there',
      'SQS       sends    1,000,000   $0.50  1,000,000   $0.50',
      'SQS       deletes      1,000  <$0.01      1,000  <$0.01',
      'Storage   GB            4.25   $1.06       4.25   $1.06',
      'Together                       $1.56              $1.56',
    ])
  })

  it('sums up each service for the page of costs', () => {
    expect(markdownOf(inVirginia, 'events', table)).toEqual([
      '| events | here | there |',
      '| --- | ---: | ---: |',
      '| SQS | $0.50 | $0.50 |',
      '| Storage | $1.06 | $1.06 |',
      '| **together** | **$1.56** | **$1.56** |',
    ])
  })
})

describe('the command line', () => {
  it('computes for a million events of 1 KB unless told otherwise', () => {
    expect(costsOptions({ events: '1000000', body: '1024', handlerMs: '100' })).toEqual({
      eventsAMonth: 1_000_000,
      body: 1024,
      handlerMs: 100,
      region: 'us-east-1',
      markdown: false,
    })
    const given = {
      events: '5000',
      body: 'samples',
      handlerMs: '0',
      region: 'ap-southeast-2',
      markdown: true,
    }
    expect(costsOptions(given)).toEqual({
      eventsAMonth: 5000,
      body: 'samples',
      handlerMs: 0,
      region: 'ap-southeast-2',
      markdown: true,
    })
  })

  it('helps, and names what it takes unless told otherwise', async () => {
    const { code, stdout } = await startCommand('costs', ['--help']).ended
    expect(code).toBe(0)
    for (const flag of ['--events', '--body', '--handler-ms', '--region', '--markdown'])
      expect(stdout).toContain(flag)
    expect(stdout).toMatch(/"1000000"[\s\S]*"1024"[\s\S]*"100"/)
  })

  it.each([
    [['--events', 'many'], /--events many/],
    [['--body', '12'], /from 800/],
    [['--handler-ms', '-1'], /handler-ms/],
    [['--region', 'eu-west-1'], /us-east-1, ap-southeast-2/],
    [['--bdoy', '1024'], /--body/],
    [['lots'], /Too many arguments/],
  ])('says what is wrong with %s', async (args, message) => {
    const { code, stdout, stderr } = await startCommand('costs', args).ended
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
  })
})

describe('notifications', () => {
  it.each([1024, 'samples'] as const)('of %s are events of their own', (body) => {
    const { at, kinds } = costsNotifications(body)
    const texts = Array.from({ length: 3 * kinds + 3 }, (_, index) => at(index))
    expect(new Set(texts).size).toBe(texts.length)
    if (body !== 'samples')
      expect(new Set(texts.map((text) => Buffer.byteLength(text)))).toEqual(new Set([body]))
  })
})
