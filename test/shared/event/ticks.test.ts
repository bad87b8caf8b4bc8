import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  dateToTicks,
  epochMsToTicks,
  parseTicks,
  sortableTicks,
  ticksToDate,
  ticksToEpochMs,
} from '../../../shared/event/ticks.ts'

describe('ticks', () => {
  // From .NET: new DateTime(…, DateTimeKind.Utc).Ticks
  it.each([
    ['1970-01-01T00:00:00.000Z', 621355968000000000n],
    ['0001-01-01T00:00:00.000Z', 0n],
    ['2000-01-01T00:00:00.000Z', 630822816000000000n],
    ['9999-12-31T23:59:59.999Z', 3155378975999990000n],
  ])('takes %s for %s', (iso, ticks) => {
    const date = new Date(iso)
    expect(dateToTicks(date)).toBe(ticks)
    expect(ticksToDate(ticks)).toEqual(date)
  })

  it('cuts what a Date cannot hold, before 1970 too', () => {
    expect(ticksToDate(639170696424691361n).toISOString()).toBe('2026-06-14T21:34:02.469Z')
    expect(ticksToEpochMs(parseTicks('621355967999999999'))).toBe(-1)
  })

  it('keeps the last digit, which a double rounds away', () => {
    expect(parseTicks('639170696424691361')).not.toBe(parseTicks('639170696424691362'))
    expect(Number('639170696424691361')).toBe(Number('639170696424691362'))
  })

  it.each([
    '',
    ' 1',
    '1 ',
    '+1',
    '-1',
    '0x10',
    '1e3',
    '1.0',
    '1_000',
    '１２',
    '9'.repeat(20),
    '3155378976000000000',
  ])('rejects %j with a message that says what ticks are', (text) => {
    expect(() => parseTicks(text)).toThrow(/Not \.NET ticks/)
  })

  it('rejects a number that was rounded', () => {
    expect(() => ticksToDate(Number('639170696424691361'))).toThrow(/Not \.NET ticks/)
    expect(ticksToDate(0).getUTCFullYear()).toBe(1)
  })

  it('rejects dates outside the years 1 to 9999', () => {
    expect(() => epochMsToTicks(Date.UTC(10_000, 0))).toThrow(/Not \.NET ticks/)
    expect(() => epochMsToTicks(Date.UTC(-1, 0))).toThrow(/Not \.NET ticks/)
  })

  it('sorts as text as it does in time', () => {
    const anyTicks = fc.bigInt(0n, 3155378975999999999n).map((value) => parseTicks(value.toString()))
    fc.assert(
      fc.property(anyTicks, anyTicks, (a, b) => {
        expect(sortableTicks(a) < sortableTicks(b)).toBe(a < b)
      }),
    )
  })

  it('goes to milliseconds and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (epochMs) => {
        expect(ticksToEpochMs(epochMsToTicks(epochMs))).toBe(epochMs)
      }),
    )
  })
})
