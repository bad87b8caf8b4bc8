import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodePart,
  encodePart,
  eventId,
  isResourceKey,
  keptRequestId,
  messageGroupId,
  partHash,
  resourceKey,
} from '../../../shared/event/event-identity.ts'
import { parseTicks } from '../../../shared/event/ticks.ts'

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

  // Python: hashlib.sha256 over urllib.parse.quote(text, safe="-_.!~*'()").encode(); the third over '%ED%A0%80' * 200, the last
  // over text.encode('utf-16-le', 'surrogatepass')
  it.each([
    ['é'.repeat(300), '91cf06f5267245fb199ed7ffdbdce79c753da063905b4969caaa32b846e32641'],
    ['x😀 '.repeat(100), 'd10f2f674a8bb25df19ce12bc759fa530542e78f0f09104fb335648f16672b65'],
    ['\ud800'.repeat(200), 'bf772623134a42cfdf868f2ddf772219997fbf573bc06aa9762668e714de44ea'],
    ['\ud800'.repeat(257), 'ab7add0bedae0b66e013140f9a6c8f0aad974ce480573f17f75bc2d413630951'],
  ])('replaces a long part by its hash: %.3s', (text, digits) => {
    expect(resourceKey('a', 'k', text)).toBe(`a|k|#${digits}`)
    expect(partHash(text)).toBe(digits)
  })

  it('is another for every other id of half characters, however long', () => {
    const ids = ['\ud800', '\ud801', '\udc00', '\ufffd', '\ud83d\ude00', '\ud83d'].flatMap((text) => [
      text.repeat(300),
      text.repeat(301),
      `${'a'.repeat(300)}${text}`,
    ])
    expect(new Set(ids.map((id) => resourceKey('a', 'k', id))).size).toBe(ids.length)
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

it('keeps a RequestId of up to 256 bytes, and a longer one by its hash', () => {
  for (const short of ['', 'a', '#', 'R-1', 'x'.repeat(256), 'é'.repeat(42)])
    expect(keptRequestId(short)).toBe(short)
  // Python: hashlib.sha256(b'a' * 257)
  const hash = '#e8d95cc2b4bc198c54b40bd214df958afb65f5e73d2c2eafe0593cf5c635c1f0'
  expect(keptRequestId('a'.repeat(257))).toBe(hash)
  expect(keptRequestId('A'.repeat(257))).toBe(hash)
  expect(keptRequestId(hash)).toBe(hash)
  expect(keptRequestId('é'.repeat(43))).toMatch(/^#[\da-f]{64}$/)
})

it('names a message group by the hash of its resource', () => {
  // printf 'a|contact|b' | sha256sum
  expect(messageGroupId('a|contact|b')).toBe('1b8f9ae28774c187b80440bf7cccfdc4')
})
