import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodePart,
  encodePart,
  eventId,
  isResourceKey,
  messageGroupId,
  resourceKey,
} from '../../shared/event-identity.ts'
import { parseTicks } from '../../shared/ticks.ts'

const event = {
  accountId: '1e53979d-9269-4159-b104-2e603670f59d',
  type: 'noop',
  ticks: parseTicks('639170703772839521'),
  payloadText: 'null',
}

describe('event id', () => {
  // Python: hashlib.sha256 over b'%d:%s' of each part in UTF-8, first 32 hex digits
  it('is SHA-256 over the length-prefixed parts', () => {
    expect(eventId(event)).toBe('0b558b5d68c99222048b0dde7552005a')
    expect(
      eventId({ accountId: 'ä', type: 'matter.updated', ticks: parseTicks('1'), payloadText: '{"id":"é"}' }),
    ).toBe('64da0e4767c7de2e53a1b827715a17df')
  })

  it('differs in the last digit of the timestamp, the payload, the type and the account', () => {
    const ids = [
      event,
      { ...event, ticks: parseTicks('639170703772839522') },
      { ...event, payloadText: '{}' },
      { ...event, payloadText: '' },
      { ...event, type: 'Noop' },
      { ...event, accountId: `${event.accountId} ` },
    ].map(eventId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('does not run parts together', () => {
    expect(eventId({ ...event, accountId: 'a', type: 'bc' })).not.toBe(
      eventId({ ...event, accountId: 'ab', type: 'c' }),
    )
  })

  it('tells lone surrogates apart', () => {
    expect(eventId({ ...event, accountId: '\ud800' })).not.toBe(eventId({ ...event, accountId: '\ud801' }))
    expect(eventId({ ...event, accountId: '\ud800' })).not.toBe(eventId({ ...event, accountId: '\ufffd' }))
  })
})

describe('resource key', () => {
  it('is known by its shape, whatever it is made of', () => {
    const id = fc.string({ unit: 'binary', maxLength: 300 })
    fc.assert(
      fc.property(id, id, id, (a, b, c) => {
        expect(isResourceKey(resourceKey(a, b, c))).toBe(true)
      }),
    )
    const long = resourceKey('a'.repeat(3000), 'k'.repeat(257), '😀'.repeat(3000))
    expect(isResourceKey(long)).toBe(true)
    const others = [
      '',
      'a',
      'a|b',
      'a|b|c|d',
      'a|b|c d',
      'a|b|%',
      'a|b|%e2',
      'a|b|#12',
      `a|b|${'c'.repeat(257)}`,
    ]
    expect(others.filter(isResourceKey)).toEqual([])
  })

  it('leaves ids as they come readable', () => {
    expect(resourceKey('1e53979d', 'mattertype', '8aca3574-aecb_IL')).toBe(
      '1e53979d|mattertype|8aca3574-aecb_IL',
    )
  })

  it('percent-encodes what would run together or break', () => {
    expect(resourceKey('a|b', 'contact', 'My Firm')).toBe('a%7Cb|contact|My%20Firm')
    expect(resourceKey('a', 'contact', '😀')).toBe('a|contact|%F0%9F%98%80')
    expect(resourceKey('a', 'contact', 'x\ud800')).toBe('a|contact|x%ED%A0%80')
  })

  it('fits a partition key whatever the id', () => {
    const long = resourceKey('a'.repeat(3000), 'k'.repeat(3000), '😀'.repeat(3000))
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(2048)
    expect(long).not.toBe(resourceKey('a'.repeat(3001), 'k'.repeat(3000), '😀'.repeat(3000)))
    expect(resourceKey('a', 'k', 'x'.repeat(256))).toBe(`a|k|${'x'.repeat(256)}`)
  })

  it('is another for every other id', () => {
    const id = fc.string({ unit: 'binary', maxLength: 300 })
    fc.assert(
      fc.property(id, id, id, id, (a, b, c, d) => {
        expect(resourceKey('x', a, b) === resourceKey('x', c, d)).toBe(a === c && b === d)
      }),
    )
  })
})

it('encodes any text so that it can be had back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(encodePart(text)).toMatch(/^[\x21-\x7e]*$/)
      expect(decodePart(encodePart(text))).toBe(text)
    }),
  )
})

it('names a message group by the hash of its resource', () => {
  // printf 'a|contact|b' | sha256sum
  expect(messageGroupId('a|contact|b')).toBe('1b8f9ae28774c187b80440bf7cccfdc4')
})
