import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { formatLine } from '../../../infra/cli/terminal/format-line.ts'
import { readEnvFile } from '../../../infra/local/env-file.ts'
import { logMessage } from '../../../infra/local/lambda/capture-console.ts'
import { droppedCopies } from '../../../infra/local/line-record.ts'
import { type LocalLine, localLine } from '../../../infra/operate/log-lines.ts'
import { percentile } from '../../../infra/operate/percentile.ts'
import { planDeliveries } from '../../../infra/operate/send/plan-deliveries.ts'
import { freshTicks, sample, withMember } from '../../../infra/smokeball/sample.ts'
import { unlistedTypeWarnings } from '../../../infra/smokeball/unlisted-types.ts'
import { payloadOf, readEnvelope } from '../../../shared/event/envelope.ts'
import { knownEventTypes } from '../../../shared/event/payloads.generated.ts'
import type { Ticks } from '../../../shared/event/ticks.ts'

describe('withMember', () => {
  it('replaces a number of 18 digits and leaves every other digit', () => {
    const text =
      '{ "a": 1.50, "timestamp": 639170696424691361, "payload": { "lastUpdated": 639170696424691363 } }'
    expect(withMember(text, ['timestamp'], '639170696424691369')).toBe(
      '{"a":1.50,"timestamp":639170696424691369,"payload":{ "lastUpdated": 639170696424691363 }}',
    )
  })

  it('sets members of nested objects, and makes the objects that are not there', () => {
    expect(withMember('{"payload":null}', ['payload', 'matter', 'id'], '"x"')).toBe(
      '{"payload":{"matter":{"id":"x"}}}',
    )
    expect(withMember('{"payload":{"id":"a","n":1}}', ['payload', 'id'], '"b"')).toBe(
      '{"payload":{"id":"b","n":1}}',
    )
  })
})

describe('a file with a byte order mark', () => {
  it('is sent as the notification that it holds, and as it is when that is asked for', () => {
    const text = '{"accountId":"a","type":"noop","timestamp":1,"payload":{}}'
    const plan = (verbatim: boolean) =>
      planDeliveries(
        {
          nextTicks: () => 2n as Ticks,
          nextResourceId: () => 'other',
          nextRequestId: () => 'r',
          random: () => 0,
        },
        [{ name: 'noop.json', text: `\uFEFF${text}` }],
        { ...{ count: 1, account: undefined, id: undefined, at: undefined, verbatim }, ...plain },
      )
    const plain = { duplicate: false, shuffle: false, tamper: false }
    expect(plan(false)[0]?.body).toBe(text.replace(':1,', ':2,'))
    expect(plan(true)[0]?.body).toBe(`\uFEFF${text}`)
    expect(plan(true)[0]?.event).toMatch(/^[0-9a-f]{8}$/)
  })

  it('has all its variables', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'env-file-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, '.env'), '\uFEFFFIRST=1\nSECOND=2\n')
    expect(readEnvFile(join(folder, '.env'))).toEqual({ FIRST: '1', SECOND: '2' })
  })
})

describe('freshTicks', () => {
  it('grows although the clock stands still, and never ends in 0', () => {
    const next = freshTicks(
      () => 1_800_000_000_000,
      () => 0.5,
    )
    const made = Array.from({ length: 50 }, next)
    expect(made).toEqual([...new Set(made)].sort((a, b) => (a < b ? -1 : 1)))
    expect(made.filter((ticks) => ticks % 10n === 0n)).toEqual([])
  })
})

describe('sample', () => {
  it.each(knownEventTypes)('has a notification of %s that names its resource', (type) => {
    const envelope = readEnvelope(sample(type).text)
    expect(envelope.type).toBe(type)
    const isItsOwn = envelope.resource.id === envelope.eventId
    expect(isItsOwn).toBe(type === 'error' || type === 'noop')
  })

  it('takes the payload of another event of the same kind', () => {
    expect(payloadOf(readEnvelope(sample('matter.closed').text))).toMatchObject({
      title: 'John Smith | Sale',
    })
  })

  it('proposes the nearest type', () => {
    expect(() => sample('mater.updated')).toThrow("Did you mean 'matter.updated'?")
    expect(() => sample('matter.statusupdated')).toThrow("Did you mean 'matter.statusUpdated'?")
  })
})

describe('unlistedTypeWarnings', () => {
  it('warns of types that are not on the list, with the nearest', () => {
    const warnings = unlistedTypeWarnings([
      { name: 'good', types: ['matter.updated', 'contact.*', '*'] },
      { name: 'typo', types: ['matter.udpated', 'contacts.*', 'Matter.updated'] },
      { name: 'short', types: ['bill.updatd', 'Bill.*', 'role.updated'] },
      { name: 'new', types: ['completely.else', 'bi.finished'] },
      { name: 'rare', types: ['task.completed', 'task.*', 'noop'] },
    ])
    expect(warnings).toEqual([
      "Handler 'typo': 'matter.udpated' is not on Smokeball's list. Did you mean 'matter.updated'?",
      "Handler 'typo': 'contacts.*' is not on Smokeball's list. Did you mean 'contact.*'?",
      "Handler 'typo': 'Matter.updated' is not on Smokeball's list. Did you mean 'matter.updated'?",
      "Handler 'short': 'bill.updatd' is not on Smokeball's list. Did you mean 'billingconfiguration.updated'?",
      "Handler 'short': 'Bill.*' is not on Smokeball's list. Did you mean 'billingconfiguration.*'?",
      "Handler 'short': 'role.updated' is not on Smokeball's list. Did you mean 'roles.updated'?",
      "Handler 'new': 'completely.else' is not on Smokeball's list.",
      "Handler 'new': 'bi.finished' is not on Smokeball's list.",
      "Handler 'rare': 'task.completed' is a type that Smokeball does not document: an account may not be offered it, and then none comes. See: npx smokeball-webhooks types --local",
    ])
  })
})

describe('droppedCopies', () => {
  it('marks a copy for five minutes, counted from the first', () => {
    let now = 0
    const mark = droppedCopies(() => now)
    const accepted: LocalLine = {
      source: 'receiver',
      level: 'info',
      at: new Date(0),
      message: { delivery: 'accepted', event: 'e1' },
    }
    expect(mark(accepted).droppedByQueue).toBeUndefined()
    now = 4 * 60_000
    expect(mark(accepted).droppedByQueue).toBe(true)
    now = 5 * 60_000
    expect(mark(accepted).droppedByQueue).toBeUndefined()
  })
})

describe('formatLine', () => {
  const line = (message: LocalLine['message'], source: LocalLine['source'] = 'consumer') =>
    stripVTControlCharacters(
      formatLine({ source, level: 'info', at: new Date(2026, 0, 1, 9, 8, 7, 6), message }),
    )

  it('shows deliveries and events in the same columns', () => {
    const delivery = line(
      {
        delivery: 'accepted',
        type: 'matter.updated',
        resource: 'a|m%201',
        event: 'mhikn8rn-d79d4bee',
        ms: 4,
      },
      'receiver',
    )
    const event = line({
      event: 'handled',
      type: 'matter.updated',
      resource: 'a|m%201',
      id: 'mhikn8rn-d79d4bee',
      ms: 12,
    })
    expect(delivery).toMatch(
      /^09:08:07\.006 {2}delivery {2}accepted +matter\.updated +m 1 +mhikn8rn-d79d4bee +4 ms$/,
    )
    expect(event.indexOf('mhikn8rn-d79d4bee')).toBe(delivery.indexOf('mhikn8rn-d79d4bee'))
    expect(event.length).toBe(delivery.length)
  })

  it('says that the queue dropped a copy', () => {
    const at = new Date()
    const dropped = formatLine({
      source: 'receiver',
      level: 'info',
      at,
      message: { delivery: 'accepted' },
      droppedByQueue: true,
    })
    expect(stripVTControlCharacters(dropped)).toMatch(/accepted .*\(dropped by the queue: same event\)$/)
  })

  it('prints a failure in full, indented', () => {
    expect(
      line({ retryAfter: 'crm', id: 'mhikn8rn-d79d4bee', seconds: 300, why: 'RetryAfter: busy' }),
    ).toMatch(/later +crm {2}mhikn8rn-d79d4bee {2}again in 300 s\n {4}RetryAfter: busy$/)
    expect(line({ failure: 'crm', id: 'mhikn8rn-d79d4bee', error: 'Error: boom\n    at x' })).toMatch(
      /failure +crm {2}mhikn8rn-d79d4bee\n {4}Error: boom\n {8}at x$/,
    )
  })

  it('prints what a handler logs, and keeps control characters from the terminal', () => {
    expect(
      line({ message: 'synced', handler: 'crm', type: 't', resource: 'r', id: 'e', fields: { count: 3 } }),
    ).toMatch(/info +crm +synced {2}count: 3 {2}e$/)
    expect(line({ delivery: 'accepted', resource: 'a|%1B%5B31mred%07' }, 'receiver')).not.toContain('\u0007')
  })
})

describe('formatLine of the keeper and the circuit breaker', () => {
  const line = (message: Record<string, unknown>, source: LocalLine['source'] = 'keeper') =>
    stripVTControlCharacters(formatLine({ source, level: 'info', at: new Date(), message }))
  const handled = { event: 'handled', type: 't', resource: 'a|r', id: 'mhikn8rn-d79d4bee', ms: 12 }
  const event = line(handled, 'consumer')

  it('shows what was done about a subscription, in the columns of events', () => {
    const account = '1e53979d-9269-4159-b104-2e603670f59d'
    const created = line({ subscription: 'created', account, ms: 12 })
    expect(created).toMatch(/ {2}subscription {2}created +1e53979d-9269-4159-b104-2e603670f59d +12 ms$/)
    expect(created.indexOf(account)).toBe(event.indexOf('r   '))
    expect(created.length).toBe(event.length)
    expect(line({ subscription: 'failed', account, why: 'no credentials' })).toMatch(
      /failed +1e53979d-9269-4159-b104-2e603670f59d {2}\(no credentials\)$/,
    )
  })

  it('says in words that the circuit breaker has parked an event', () => {
    const parked = line({
      loop: 'suspected',
      handler: 'sync',
      type: 't',
      resource: 'a|r',
      id: 'mhikn8rn-d79d4bee',
    })
    expect(parked.indexOf('mhikn8rn-d79d4bee')).toBe(event.indexOf('mhikn8rn-d79d4bee'))
    expect(parked).toMatch(
      /loop +suspected +t +r +mhikn8rn-d79d4bee {2}sync has written .*: the circuit breaker has parked this one in the dead-letter queue$/,
    )
  })
})

describe('logMessage', () => {
  it('keeps an object that is given alone as JSON, and makes text of the rest', () => {
    expect(logMessage('info', [{ a: 1 }])).toEqual({ type: 'log', level: 'info', json: '{"a":1}' })
    expect(logMessage('warn', ['%s is %d', 'x', 3])).toEqual({ type: 'log', level: 'warn', text: 'x is 3' })
  })

  it('takes what JSON cannot hold', () => {
    const loop: { self?: unknown } = {}
    loop.self = loop
    expect(logMessage('info', [loop])).toMatchObject({ text: expect.stringContaining('Circular') })
    const withError = localLine(
      'consumer',
      logMessage('error', [{ sb: 1, problem: new TypeError('bad') }]),
      new Date(),
    )
    expect(withError.message).toMatchObject({ problem: { errorType: 'TypeError', errorMessage: 'bad' } })
  })
})

describe('percentile', () => {
  it('is the nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1)
    expect([50, 95, 99].map((p) => percentile(values, p))).toEqual([50, 95, 99])
    expect(percentile([7], 99)).toBe(7)
  })
})
