import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { parseTicks } from '../../../shared/event/ticks.ts'
import { on } from '../../../shared/handling/handler-registry.ts'
import {
  isLateFor,
  isSlot,
  seenByAll,
  seenFor,
  sharedSlot,
  slotOf,
  unlistedSlots,
} from '../../../shared/ledger/ledger-slots.ts'

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
    ['a shared slot, whatever it holds, for a listed action', false, ['contact.created'], { 's#f': 6 }],
    ['what was imported for it', true, ['contact.created'], { 'i#h': 6 }],
    ['what was imported for another', false, ['contact.*'], { 'i#other': 6 }],
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
    expect(Math.max(...slots.map((slot) => slot.length))).toBe(68)
    expect(['pk', 'sk', 'lease', 'fence', 'ttl', 'full'].some(isSlot)).toBe(false)
  })
  it.each<[string, string]>([
    ['x'.repeat(64), `a#f#${'x'.repeat(64)}`],
    // printf 'x%.0s' {1..65} | sha256sum
    ['x'.repeat(65), 'h#f#9537c5fdf120482f7d58d25e9ed583f52c02b4e304ea814db1633ad565aed7e9'],
    // printf '%%C3%%A4%.0s' {1..33} | sha256sum
    ['ä'.repeat(33), `h#f#${createHash('sha256').update('%C3%A4'.repeat(33)).digest('hex')}`],
    ['ä'.repeat(32), `a#f#${'ä'.repeat(32)}`],
  ])('names the slot of the action %s so that it takes no more than 68 bytes', (action, slot) => {
    expect(slotOf(`contact.${action}`, 'foreign')).toBe(slot)
    expect(Buffer.byteLength(slot)).toBeLessThanOrEqual(68)
  })

  it('tells what was shown to one handler, and what to all', () => {
    const slots = seen({ 'a#f#created': 1, 'a#f#updated': 2, 'a#o#updated': 3, 'i#h': 4, 'i#other': 5 })
    const handler = on(['contact.updated'], { name: 'h' }, () => {})
    expect([...seenFor(handler, 'contact', slots).keys()]).toEqual(['a#f#updated'])
    expect([...seenByAll(slots).keys()]).toEqual(['a#f#created', 'a#f#updated', 'a#o#updated'])
  })

  it('counts the slots of actions that Smokeball does not list', () => {
    const listed = { 'a#f#updated': 1, 'a#o#created': 1, 'a#f#restored': 1 }
    expect(unlistedSlots(seen({ ...listed, 's#f': 1, 's#o': 1 }), 'contact')).toBe(0)
    const others = { 'a#f': 1, 'a#o#updated#': 1, 'a#f#archived': 1, 'h#f#00': 1 }
    expect(unlistedSlots(seen({ ...listed, ...others }), 'contact')).toBe(4)
    expect(unlistedSlots(seen({ 'a#f': 1 }), 'noop')).toBe(0)
  })
})
