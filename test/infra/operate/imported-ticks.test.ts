import { expect, it } from 'vitest'
import { importedTicks } from '../../../infra/operate/import-firm.ts'
import { parseTicks } from '../../../shared/event/ticks.ts'

const ticks = (digit: number) => parseTicks(`63917069642469136${digit}`)
const stampAt = (digit: number) => ({ text: String(ticks(digit)), ticks: ticks(digit) })
const state = { stamp: stampAt(5) } as never

it.each<[string, number, { ticks: number; stamp?: number }[]]>([
  ['its own, where nothing came', 5, []],
  ['its own, behind an older event', 5, [{ ticks: 3, stamp: 2 }]],
  ['after the event that showed the same state', 8, [{ ticks: 7, stamp: 5 }]],
  ['after an event that does not say what it showed', 8, [{ ticks: 7 }]],
  ['its own, where a newer state came: the list is behind', 5, [{ ticks: 7, stamp: 6 }]],
])('the time of an imported state is %s', (_what, expected, events) => {
  const came = events.map((event, nth) => ({
    ticks: ticks(event.ticks),
    stamp: event.stamp === undefined ? undefined : stampAt(event.stamp),
    eventId: `e${nth}`,
    claimedEpochMs: 0,
  }))
  const slots = new Map(came.map((slot) => [`a#f#${slot.eventId}`, slot]))
  expect(importedTicks(state, slots, ticks(0))).toBe(ticks(expected))
})
