import { randomBytes } from 'node:crypto'
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eventReference } from '../../../shared/event/event-identity.ts'
import { bodySortKey } from '../../../shared/ledger/event-item.ts'
import { findEvent, parseReference, type Reference } from '../../../shared/ledger/find-event.ts'
import { readEvent } from '../../../shared/ledger/read-event.ts'
import { type EventTable, eventRecord, eventTable, startEpochMs } from './event-table.ts'

const signal = new AbortController().signal

let table: EventTable
beforeAll(async () => {
  table = await eventTable()
})
afterAll(() => table.stop())
beforeEach(() => void table.queries.splice(0))

const find = (text: string, limits = {}) =>
  findEvent(table, parseReference(text) as Reference, signal, limits)

describe('a reference', () => {
  it('is the place in the feed', () => {
    const event = { receivedEpochMs: Date.UTC(2026, 10, 3, 2, 1, 15, 123), eventId: 'd79d4bee0913aa17' }
    expect(eventReference(event)).toBe(`${event.receivedEpochMs.toString(36)}-d79d4bee`)
    expect(eventReference(event)).toHaveLength(17)
    expect(parseReference(eventReference(event))).toEqual({
      ...{ kind: 'place', feedShard: '1' },
      feedAt: `${event.receivedEpochMs}#d79d4bee`,
    })
  })

  it('is taken in capitals and with space around it, and ids from 8 digits on', () => {
    expect(parseReference(' MHIKN8RN-D79D4BEE\n')).toEqual(parseReference('mhikn8rn-d79d4bee'))
    expect(parseReference('D79D4BEE0913')).toEqual({ kind: 'id', feedShard: '1', idPrefix: 'd79d4bee0913' })
    for (const text of ['', 'd79d4be', 'matter.updated', 'x'.repeat(32), 'a'.repeat(33), 'mhikn8rn-d79d4be'])
      expect(parseReference(text), text).toBeUndefined()
  })

  it('finds its event with one query, among hundreds', async () => {
    const events = Array.from({ length: 400 }, (_, index) =>
      eventRecord({ resourceKey: `firm|contact|${index}`, receivedEpochMs: startEpochMs + index }),
    )
    await table.write(events)
    for (const { eventId, delivery, resourceKey } of [0, 140, 399].flatMap((at) => events[at] ?? [])) {
      const reference = eventReference({ eventId, receivedEpochMs: delivery.receivedEpochMs })
      table.queries.splice(0)
      expect(await find(reference)).toMatchObject({
        kind: 'found',
        event: { eventId, resourceKey, reference },
      })
      expect(table.queries).toHaveLength(1)
      for (const id of [eventId, eventId.slice(0, 12)])
        expect(await find(id)).toMatchObject({ kind: 'found', event: { eventId } })
    }
    // The oldest of its shard, as if each page held ten events.
    const oldest = events[0]?.eventId ?? ''
    expect(await find(oldest, { rowsAPage: 10, maxPages: 3 })).toEqual({
      kind: 'not-lately',
      sinceEpochMs: expect.any(Number),
    })
    expect(await find(oldest, { rowsAPage: 50, maxPages: 20 })).toMatchObject({ kind: 'found' })
  }, 60_000)

  it('that fits several events tells all of them', async () => {
    const digits = 'abcdef01'
    const ids = [1, 2].map((end) => digits + String(end).padStart(24, '0'))
    await table.write(ids.map((eventId) => eventRecord({ eventId })))
    const found = await find(`${startEpochMs.toString(36)}-${digits}`)
    expect(found).toMatchObject({ kind: 'several', events: [{}, {}] })
    expect(await find(ids[1] ?? '')).toMatchObject({ kind: 'found', event: { eventId: ids[1] } })
  })

  it('that tells when a copy was received finds the event', async () => {
    const event = eventRecord()
    await table.write([event])
    const ofCopy = eventReference({ ...event, receivedEpochMs: startEpochMs + 600_000 })
    expect(await find(ofCopy)).toMatchObject({ kind: 'found', event: { eventId: event.eventId } })
  })

  it('of nothing finds nothing', async () => {
    expect(await find('mhikn8rn-00000000')).toEqual({ kind: 'absent' })
    expect(await find('0'.repeat(32))).toEqual({ kind: 'absent' })
    // The first digits of all ticks.
    expect(await find('063917069642')).toEqual({ kind: 'absent' })
  })
})

describe('an event', () => {
  const readBack = async (text: string) => {
    const record = eventRecord({ text })
    await table.write([record])
    return { record, event: await readEvent(table, record, signal) }
  }

  it('comes back with its facts, outcomes, failures and body', async () => {
    const record = eventRecord({
      resourceKey: 'firm%20%7C1|contact|a%20b%F0%9F%98%80',
      status: 'dead-lettered',
      reason: 'crm: no',
      attempts: 3,
      handlers: { crm: { outcome: 'gave-up', failures: 3, waits: 1, ms: 5, error: 'Error: no' } },
    })
    await table.write([record])
    expect(await readEvent(table, record, signal)).toEqual({
      ...record,
      ...{
        isRecovered: false,
        isImported: false,
        accountId: 'firm |1',
        resource: { kind: 'contact', id: 'a b😀' },
      },
      reference: eventReference({ ...record, receivedEpochMs: startEpochMs }),
    })
    expect(await readEvent(table, { ...record, eventId: 'f'.repeat(32) }, signal)).toBeUndefined()
  })

  it('has its body exactly as it was delivered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
        // A body is decoded from UTF-8: it holds no half characters.
        expect((await readBack(text.toWellFormed())).event?.text).toBe(text.toWellFormed())
      }),
      { numRuns: 50, examples: [['\uFEFF{"a":"\u0000\u202E\u2028\\ud800"}'], [''], ['\r\n\u0085\u009B31m']] },
    )
  })

  it('has a body of many parts, also when another claim has written its own parts', async () => {
    // Cannot be compressed: 12 parts, so that their order by name is not that of their numbers.
    const text = `{"é":"${randomBytes(2_600_000).toString('base64')}"}`
    const { record, event } = await readBack(text)
    expect(event?.text === text).toBe(true)
    const another = { ...record, fence: 2, text: `${text} ` }
    await table.write([another])
    expect((await readEvent(table, record, signal))?.text === another.text).toBe(true)
    const Key = { pk: { S: record.resourceKey }, sk: { S: bodySortKey(another, 4) } }
    await table.client.send(new DeleteItemCommand({ TableName: table.tableName, Key }))
    expect(await readEvent(table, record, signal)).toMatchObject({ text: undefined, status: 'handled' })
  })
})
