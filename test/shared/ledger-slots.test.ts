import { describe, expect, it } from 'vitest'
import { on } from '../../shared/handler-registry.ts'
import { isLateFor, isSlot, sharedSlot, slotOf } from '../../shared/ledger-slots.ts'
import { parseTicks } from '../../shared/ticks.ts'

const seen = (slots: Record<string, number>) =>
  new Map(
    Object.entries(slots).map(([slot, ticks]) => [
      slot,
      { ticks: parseTicks(String(ticks)), eventId: 'e', claimedEpochMs: 0 },
    ]),
  )
const late = (types: string[], slots: Record<string, number>, own: 'skip' | 'handle' = 'skip') =>
  isLateFor(
    on(types, { name: 'h', own }, () => {}),
    'contact',
    parseTicks('5'),
    seen(slots),
  )

describe('lateness', () => {
  it.each<[string, boolean, string[], Record<string, number>, ('handle' | 'skip')?]>([
    ['a newer event of the same type', true, ['contact.updated'], { 'a#f#updated': 6 }],
    ['equal ticks', false, ['contact.updated'], { 'a#f#updated': 5 }],
    ['a newer event of another type', false, ['contact.created'], { 'a#f#updated': 6 }],
    ['a newer event of its kind', true, ['contact.*'], { 'a#f#updated': 6 }],
    ['a newer event of whatever kind', true, ['*'], { 'a#f#updated': 6 }],
    ['a newer event of one of its types', true, ['contact.created', 'contact.updated'], { 'a#f#updated': 6 }],
    ['a newer event of another kind of the same action', false, ['matter.updated'], { 'a#f#updated': 6 }],
    ['an own one that it skips', false, ['contact.*'], { 'a#o#updated': 6 }],
    ['an own one that it handles', true, ['contact.*'], { 'a#o#updated': 6 }, 'handle'],
    [
      'a foreign one, when it handles own ones too',
      true,
      ['contact.updated'],
      { 'a#f#updated': 6 },
      'handle',
    ],
    ['an action without a name', true, ['contact'], { 'a#f': 6 }],
    ['an action without a name is not the empty one', false, ['contact.'], { 'a#f': 6 }],
    ['an empty action', true, ['contact.'], { 'a#f#': 6 }],
    ['a shared slot that may hold its action', true, ['contact.rare'], { 's#f': 6 }],
    ['a shared slot, when its action has its own', false, ['contact.rare'], { 's#f': 6, 'a#f#rare': 1 }],
  ])('%s: %s', (_what, expected, types, slots, own) => {
    expect(late(types, slots, own)).toBe(expected)
  })

  it('names a slot for every type, and no two alike', () => {
    const types = [
      'c',
      'c.',
      'c.a',
      'c.lease',
      'c.#',
      'c.a#b',
      `c.${'x'.repeat(3000)}`,
      `c.${'x'.repeat(3001)}`,
    ]
    const slots = types.flatMap((type) => [slotOf(type, 'foreign'), slotOf(type, 'own')])
    slots.push(sharedSlot('own'), sharedSlot('foreign'))
    expect(new Set(slots).size).toBe(slots.length)
    expect(slots.every(isSlot)).toBe(true)
    expect(Math.max(...slots.map((slot) => slot.length))).toBeLessThan(300)
    expect(['pk', 'sk', 'lease', 'fence', 'ttl', 'full'].some(isSlot)).toBe(false)
  })
})
