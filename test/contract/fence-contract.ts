import { randomUUID } from 'node:crypto'
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { beforeEach, describe, expect, it } from 'vitest'
import { dynamodbLedger } from '../../shared/ledger/dynamodb-ledger.ts'
import type { Claim } from '../../shared/ledger/ledger.ts'
import { ledgerKey } from '../../shared/ledger/ledger-item.ts'
import { simulatedDynamodb } from '../simulation/simulated-dynamodb.ts'
import { ledgerUnderTest, retention, startEpochMs, type TableEngine } from './ledger-under-test.ts'

const minute = 60_000

/** Users compare fences in databases of their own, which outlive every ledger. */
export function fencesGrow(engineOf: () => TableEngine): void {
  describe('a fence grows', () => {
    const table = ledgerUnderTest(engineOf)
    const { claim, finish, later, request, ledgerOn, item } = table
    beforeEach(table.begin)

    const store = (facts: object) =>
      engineOf().client.send(
        new PutItemCommand({
          TableName: engineOf().tableName,
          Item: { ...ledgerKey(table.resourceKey()), ...facts },
        }),
      )
    /** Claims of workers whose clocks are off by so much, each of a newer event, so many milliseconds apart. */
    const fencesOf = async (clocksOffMs: readonly number[], apartMs = 1) => {
      const fences: number[] = []
      for (const [index, offMs] of clocksOffMs.entries()) {
        fences.push(fenceOf(await ledgerOn(engineOf().client, offMs).claim(request(`e${index}`, index))))
        later(apartMs)
      }
      return fences
    }

    it('over a ledger that was deleted', async () => {
      for (let event = 0; event < 5; event++) await claim(`e${event}`, event)
      const before = fenceOf(await claim('e5', 5))
      await engineOf().client.send(
        new DeleteItemCommand({ TableName: engineOf().tableName, Key: ledgerKey(table.resourceKey()) }),
      )
      later(1000)
      expect(fenceOf(await claim('e6', 6))).toBeGreaterThan(before)
    })

    it.each([
      ['from another table to this one', false],
      ['from this table to another one', true],
    ])('%s', async (_, isThisFirst) => {
      const clock = { nowEpochMs: startEpochMs }
      const other = simulatedDynamodb({ itemOnFailure: true })
      const engines = [{ client: other.client, tableName: 'events' }, engineOf()]
      const [first, second] = (isThisFirst ? engines.toReversed() : engines).map((engine) =>
        dynamodbLedger({ ...engine, retention, now: () => clock.nowEpochMs, randomId: randomUUID }),
      )
      let before = 0
      for (let event = 0; event < 5; event++)
        before = fenceOf((await first?.claim(request(`e${event}`, event))) as Claim)
      clock.nowEpochMs += 1000
      expect(fenceOf((await second?.claim(request('e6', 6))) as Claim)).toBeGreaterThan(before)
    })

    it.each([
      ['ahead, behind, ahead', [minute, 0, minute, 0, 0, minute]],
      ['behind, ahead, behind', [0, minute, 0, 0, -minute, 0]],
    ])('though the clocks of the workers differ by a minute: %s', async (_, clocksOffMs) => {
      const fences = await fencesOf(clocksOffMs)
      expect(fences).toEqual(fences.toSorted((a, b) => a - b))
      expect(new Set(fences).size).toBe(fences.length)
    })

    it('with each claim of the same millisecond', async () => {
      expect(await fencesOf([0, 0, 0], 0)).toEqual([0, 1, 2].map((nth) => startEpochMs + nth))
    })

    it('with retries and late events, whose worker’s clock is behind', async () => {
      const newest = await ledgerOn(engineOf().client, minute).claim(request('e2', 2))
      const late = await claim('e1', 1)
      expect([late.kind, fenceOf(late)]).toEqual(['late', fenceOf(newest) + 1])
      await finish('e1', 1, late, { status: 'failed' })
      const retried = await claim('e1', 1)
      expect([retried.kind, fenceOf(retried)]).toEqual(['retry', fenceOf(late) + 1])
    })

    it('from the small fences of deployed ledgers on', async () => {
      const lease = { M: { e: { S: 'e1' }, o: { S: 'o' }, u: { N: '0' }, n: { N: '1' } } }
      const slot = { M: { t: { N: '1' }, e: { S: 'e1' }, c: { N: String(startEpochMs) } } }
      await store({ fence: { N: '41' }, lease, 'a#f#updated': slot })
      expect(fenceOf(await claim('e2', 2))).toBe(startEpochMs)
      expect((await item('ledger')).fence?.N).toBe(String(startEpochMs))
      await store({ fence: { N: '41' }, lease, 'a#f#updated': slot })
      const late = await claim('e0', 0)
      expect([late.kind, fenceOf(late)]).toEqual(['late', startEpochMs])
    })

    it('from a ledger without one, in which a handler’s writes alone are counted', async () => {
      const write = { resourceKey: table.resourceKey(), handler: 'crm', windowMs: minute }
      await ledgerOn(engineOf().client).countWrite(write, new AbortController().signal)
      expect((await item('ledger')).fence).toBeUndefined()
      const claimed = await claim('e1', 1)
      expect([claimed.kind, fenceOf(claimed)]).toEqual(['first', startEpochMs])
      expect('writes' in claimed && claimed.writes.get('crm')).toMatchObject({ count: 1 })
    })

    it('from such a ledger for an event that is not to be entered, too', async () => {
      await store({ 'w#crm': { M: { n: { N: '1' }, s: { N: '0' } } } })
      const claimed = await claim('e1', 1, { as: 'known' })
      expect(fenceOf(claimed)).toBe(startEpochMs)
      expect(await claim('e1', 1, { as: 'known' })).toMatchObject({ kind: 'busy' })
    })
  })
}

function fenceOf(claimed: Claim): number {
  return 'fence' in claimed ? claimed.fence : Number.NaN
}
