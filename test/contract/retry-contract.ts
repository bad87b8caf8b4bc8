import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { parseTicks } from '../../shared/event/ticks.ts'
import { eventSortKey } from '../../shared/ledger/event-item.ts'
import type { EventRecord } from '../../shared/ledger/event-record.ts'
import { day, ledgerUnderTest, startEpochMs, type TableEngine } from './ledger-under-test.ts'

const later = { token: 't1', dueEpochMs: startEpochMs + 60_000, origin: 'foreign' } as const
const failed = {
  status: 'failed',
  handlers: { h: { outcome: 'failed', failures: 1, waits: 0, error: 'Error: x' } },
} as const satisfies Partial<EventRecord>
const sortKey = eventSortKey({ ticks: parseTicks('1'), eventId: 'e1' })

/** What a claim comes to for an event whose delayed message is on its way. */
export function retriesWaitTheirTurn(engineOf: () => TableEngine): void {
  describe('an event that is pending', () => {
    const table = ledgerUnderTest(engineOf)
    const { claim, finish, read, deaths } = table
    beforeEach(async () => {
      table.begin()
      await finish('e1', 1, await claim('e1', 1), { ...failed, later })
    })

    it('tells of its delayed message, and of what it is due for', async () => {
      expect((await read('e1', 1))?.later).toEqual(later)
      expect((await table.item(sortKey)).dueAt?.S).toBe(`${later.dueEpochMs}#e1`)
    })

    it('is waiting for every copy until then, and takes no lease', async () => {
      for (const _ of [1, 2]) expect(await claim('e1', 1)).toEqual({ kind: 'waiting' })
      table.later(59_999)
      expect(await claim('e1', 1)).toEqual({ kind: 'waiting' })
    })

    it('is run by a copy once it is due', async () => {
      table.later(60_000)
      expect(await claim('e1', 1)).toMatchObject({ kind: 'retry', previous: { later } })
      expect(await claim('e1', 1)).toMatchObject({ kind: 'busy' })
    })

    it('is run by the recorded message, whatever the clock says', async () => {
      expect(await claim('e1', 1, { laterToken: 't1' })).toMatchObject({ kind: 'retry', previous: { later } })
    })

    it('is a duplicate for any other delayed message, also once it is due', async () => {
      expect(await claim('e1', 1, { laterToken: 't2' })).toEqual({ kind: 'duplicate' })
      table.later(60_000)
      expect(await claim('e1', 1, { laterToken: 't2' })).toEqual({ kind: 'duplicate' })
    })

    it('is run by a replay at once', async () => {
      expect(await claim('e1', 1, { replayId: 'again' })).toMatchObject({ kind: 'retry' })
    })

    it('forgets its delayed message with its end', async () => {
      await finish('e1', 1, await claim('e1', 1, { laterToken: 't1' }))
      const event = await table.item(sortKey)
      expect([event.later, event.dueShard, event.dueAt, event.errors]).toEqual(Array(4).fill(undefined))
      expect(await claim('e1', 1, { laterToken: 't1' })).toEqual({ kind: 'duplicate' })
    })

    it('is run by any message when it has no delayed one', async () => {
      const claimed = await claim('e1', 1, { laterToken: 't1' })
      await finish('e1', 1, claimed, failed)
      expect(await claim('e1', 1)).toMatchObject({ kind: 'retry' })
      table.later(40_000)
      expect(await claim('e1', 1, { laterToken: 't3' })).toMatchObject({ kind: 'retry' })
    })

    it('is there no more for a delayed message that comes too late', async () => {
      expect(await claim('e9', 9, { laterToken: 't1' })).toEqual({ kind: 'duplicate' })
    })

    it('keeps a RequestId whole that the facts cut short', async () => {
      const requestId = 'r'.repeat(4000)
      const { delivery } = table.record('e2', 2, { kind: 'duplicate' })
      const long = { ...failed, later, delivery: { ...delivery, requestId } }
      await finish('e2', 2, await claim('e2', 2), long)
      expect((await read('e2', 2))?.delivery.requestId).toBe(requestId)
    })

    it('is kept 45 days though others are kept for less, and its ledger longer', async () => {
      const ttl = async (key: string) => Number((await table.item(key)).ttl?.N) * 1000
      expect(await ttl(sortKey)).toBe(startEpochMs + 45 * day)
      expect(await ttl('ledger')).toBeGreaterThan(startEpochMs + 45 * day)
      await finish('e1', 1, await claim('e1', 1, { laterToken: 't1' }))
      expect(await ttl(sortKey)).toBe(startEpochMs + 30 * day)
    })

    it('has no deaths before its holder’s lease is over, nor once its end is recorded', async () => {
      expect(await deaths(['e1', 1])).toBe(0)
      const claimed = await claim('e1', 1, { laterToken: 't1' })
      expect(await deaths(['e1', 1])).toBe(0)
      table.later(35_000)
      expect(await deaths(['e0', 0], ['e1', 1])).toBe(1)
      expect(await deaths(['e0', 0])).toBe(0)
      await finish('e1', 1, claimed)
      expect(await deaths(['e1', 1])).toBe(0)
    })

    it('has as many deaths as claims in a row that came to nothing', async () => {
      for (const count of [1, 2, 3]) {
        await claim('e1', 1, { laterToken: 't1' })
        table.later(35_000)
        expect(await deaths(['e1', 1])).toBe(count)
      }
      expect(await deaths()).toBe(0)
    })
  })
}

/** What Finish leaves of a body that an earlier run wrote. */
export function retriesKeepTheBody(engineOf: () => TableEngine): void {
  describe('Finish of an event that is recorded', () => {
    const table = ledgerUnderTest(engineOf)
    const { claim, finish, read } = table
    beforeEach(table.begin)

    it.each([
      ['short', '{"a":1}'],
      ['split', randomBytes(600_000).toString('base64')],
    ])('changes the outcome and leaves a %s body under its first fence', async (_, text) => {
      await finish('e1', 1, await claim('e1', 1), { ...failed, later, text })
      const before = await table.item(sortKey)
      for (const attempts of [2, 3]) {
        const claimed = await claim('e1', 1, { laterToken: 't1' })
        // What is given for the body now is not looked at.
        const outcome = await finish('e1', 1, claimed, { ...failed, later, attempts, text: 'another' })
        expect(outcome).toBe('recorded')
        expect(await read('e1', 1)).toMatchObject({ status: 'failed', attempts, text })
      }
      await finish('e1', 1, await claim('e1', 1, { laterToken: 't1' }), { text: undefined })
      const after = await table.item(sortKey)
      expect(await read('e1', 1)).toMatchObject({ status: 'handled', attempts: 1, text })
      expect([after.body, after.parts, after.feedAt, after.requestId]).toEqual([
        ...[before.body, before.parts, before.feedAt, before.requestId],
      ])
      expect(Number(after.fence?.N)).toBeGreaterThan(Number(before.fence?.N))
    })

    it('does not overwrite that of a successor', async () => {
      await finish('e1', 1, await claim('e1', 1), failed)
      const stale = await claim('e1', 1)
      table.later(40_000)
      expect(await finish('e1', 1, await claim('e1', 1))).toBe('recorded')
      expect(await finish('e1', 1, stale, failed)).toBe('outdated')
      expect(await read('e1', 1)).toMatchObject({ status: 'handled' })
    })

    it('writes the whole event when its record has expired meanwhile', async () => {
      const { fence } = (await claim('e1', 1)) as { fence: number }
      const previous = table.record('e1', 1, { kind: 'duplicate' }, failed)
      const claimed = { kind: 'retry' as const, fence, previous, seen: new Map(), writes: new Map() }
      expect(await finish('e1', 1, claimed, { text: 'whole' })).toBe('recorded')
      expect(await read('e1', 1)).toMatchObject({ status: 'handled', text: 'whole' })
    })

    it('gives an event its body that was given up unread', async () => {
      const given = { status: 'dead-lettered', reason: 'crashed', text: undefined, handlers: {} } as const
      await finish('e1', 1, await claim('e1', 1), given)
      const unread = await read('e1', 1)
      expect([unread?.isUnread, unread?.status, unread?.text]).toEqual([true, 'dead-lettered', undefined])
      const redriven = await claim('e1', 1, { redrivenFence: startEpochMs })
      expect(redriven).toMatchObject({ kind: 'retry', previous: { isUnread: true } })
      await finish('e1', 1, redriven, { text: '{"now":"read"}' })
      const whole = await read('e1', 1)
      expect([whole?.isUnread, whole?.status, whole?.text]).toEqual([undefined, 'handled', '{"now":"read"}'])
    })

    it('is recorded twice without harm, as a lost answer makes it', async () => {
      await finish('e1', 1, await claim('e1', 1), failed)
      const claimed = await claim('e1', 1)
      for (const _ of [1, 2]) expect(await finish('e1', 1, claimed)).toBe('recorded')
    })
  })
}
