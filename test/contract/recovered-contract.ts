import { beforeEach, describe, expect, it } from 'vitest'
import { parseTicks } from '../../shared/event/ticks.ts'
import type { ClaimRequest } from '../../shared/ledger/ledger.ts'
import { ledgerUnderTest, type TableEngine } from './ledger-under-test.ts'

const stamped = (stamp: number): Partial<ClaimRequest> => ({
  stamp: { text: String(stamp), ticks: parseTicks(String(stamp)) },
})
const recovered = (stamp: number): Partial<ClaimRequest> => ({ ...stamped(stamp), as: 'recovered' })

/** What the ledger promises of events that catch-up found. */
export function recoveredAreClaimedOnce(engineOf: () => TableEngine): void {
  describe('an event that catch-up found', () => {
    const table = ledgerUnderTest(engineOf)
    const { claim, finish } = table
    beforeEach(table.begin)

    it('is new where nothing of the resource was seen, and once', async () => {
      const claimed = await claim('found', 7, recovered(7))
      expect(claimed).toMatchObject({ kind: 'first', previous: undefined })
      await finish('found', 7, claimed)
      expect(await claim('found', 7, recovered(7))).toEqual({ kind: 'duplicate' })
    })

    it('is new where an older state was seen, whatever its event’s time', async () => {
      await finish('e', 90, await claim('e', 90, stamped(6)))
      expect(await claim('found', 91, recovered(7))).toMatchObject({ kind: 'first' })
    })

    it.each<[string, Partial<ClaimRequest>]>([
      ['of another action', { type: 'contact.created' }],
      ['of our own', { origin: 'own' }],
      ['that was newer', stamped(8)],
    ])('is seen once a delivery has shown its state: one %s', async (_, given) => {
      await claim('e', 50, { ...stamped(7), ...given })
      expect(await claim('found', 51, recovered(7))).toEqual({ kind: 'seen' })
    })

    it('is seen by the time of an event whose payload has no stamp', async () => {
      await claim('e', 7)
      expect(await claim('found', 8, recovered(7))).toEqual({ kind: 'seen' })
      expect(await claim('later', 9, recovered(8))).toMatchObject({ kind: 'first' })
    })

    it('is seen when it was found again meanwhile, and given another time', async () => {
      await finish('found', 7, await claim('found', 7, recovered(7)))
      expect(await claim('found', 9, recovered(7))).toEqual({ kind: 'seen' })
    })

    it('has its delayed and redriven messages decided by its record', async () => {
      const claimed = await claim('found', 7, recovered(7))
      await finish('found', 7, claimed, { status: 'dead-lettered' })
      await claim('newer', 9, stamped(8))
      expect(await claim('found', 7, recovered(7))).toEqual({ kind: 'seen' })
      const { fence } = claimed as { fence: number }
      const redriven = { ...stamped(7), redrivenFence: fence }
      expect(await claim('found', 7, redriven)).toMatchObject({ kind: 'retry' })
    })

    it('makes older states late that come after it', async () => {
      await claim('found', 7, recovered(7))
      expect(await claim('e', 6, stamped(6))).toMatchObject({ kind: 'late' })
      expect(await claim('newer', 8, stamped(8))).toMatchObject({ kind: 'first' })
    })

    it('is known by its version where that tells no time; by its own time where the delivery says no version', async () => {
      const version = (text: string): Partial<ClaimRequest> => ({ stamp: { text, ticks: undefined } })
      await claim('e', 7)
      expect(await claim('found', 7, { ...version('v1'), as: 'recovered' })).toEqual({ kind: 'seen' })
      await claim('e2', 8, version('v1'))
      expect(await claim('found', 9, { ...version('v1'), as: 'recovered' })).toEqual({ kind: 'seen' })
      expect(await claim('found 2', 9, { ...version('v2'), as: 'recovered' })).toMatchObject({
        kind: 'first',
      })
    })
  })
}
