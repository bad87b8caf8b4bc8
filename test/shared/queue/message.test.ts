import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTicks, type Ticks } from '../../../shared/event/ticks.ts'
import {
  attributeNames,
  attributeText,
  eventAttributes,
  packMessage,
  readEventKey,
  readNote,
  unpackMessage,
} from '../../../shared/queue/message.ts'
import { sqsAttributes } from '../../../shared/queue/sqs-attributes.ts'

const note = { requestId: 'r', sentTicks: parseTicks('1'), receivedEpochMs: 2, keyFingerprint: 'k' }
const limit = 1_048_576

describe('message', () => {
  it('comes out as it went in, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), (text, requestId) => {
        const packed = packMessage(Buffer.from(text), { ...note, requestId })
        expect(packed && unpackMessage(packed)).toEqual({
          text: Buffer.from(text).toString(),
          note: { ...note, requestId },
        })
      }),
    )
  })

  it('holds only what SQS carries', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string({ unit: 'binary-ascii' }), (bytes, requestId) => {
        const { body = '', attributes = {} } = packMessage(Buffer.from(bytes), { ...note, requestId }) ?? {}
        for (const text of [body, ...Object.values(attributes)]) {
          // #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF (SendMessage, API reference)
          expect(text).toMatch(/^[\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]+$/u)
        }
      }),
    )
  })

  it('carries a RequestId of any length, a long one by its hash', () => {
    const kept = (requestId: string) => {
      const packed = packMessage(Buffer.from('{}'), { ...note, requestId })
      return { sent: packed?.attributes.requestId, read: packed && unpackMessage(packed).note.requestId }
    }
    expect(kept('x'.repeat(256)).read).toBe('x'.repeat(256))
    const long = kept('x'.repeat(9_000))
    expect(long.read).toMatch(/^#[\da-f]{64}$/)
    expect(long.sent).toBe(`%23${long.read?.slice(1)}`)
    // An earlier release sent it so.
    const attributes = { requestId: 'x'.repeat(9_000) }
    expect(readNote(attributes).requestId).toBe(long.read)
  })

  it('is refused by SQS for no attribute of it', () => {
    const anything = fc.string({
      unit: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\u0000', '\uffff', '\ud800', '\udc00')),
    })
    fc.assert(
      fc.property(anything, (text) => {
        const sent = sqsAttributes({ text, empty: '' })
        expect(Object.keys(sent)).toEqual(text === '' ? [] : ['text'])
        if (text !== '')
          expect(sent.text?.StringValue).toMatch(/^[\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]+$/u)
      }),
    )
    expect(sqsAttributes({ plain: 'a %20|#é😀\t' }).plain?.StringValue).toBe('a %20|#é😀\t')
  })

  it('leaves room for what a dead letter adds, and refuses what does not fit', () => {
    const largest = limit - 4_096 - 100
    const packed = packMessage(Buffer.alloc(largest, 'x'), note)
    expect(packed?.attributes.encoding).toBeUndefined()
    const size =
      Buffer.byteLength(packed?.body ?? '') + Object.entries(packed?.attributes ?? {}).join('String').length
    expect(size + 500 * 3 + 800).toBeLessThan(limit)
    expect(packMessage(Buffer.alloc(limit, 'x'), note)?.attributes.encoding).toBe('gzip')
    expect(packMessage(randomBytes(limit), note)).toBeUndefined()
  })

  it('says which event it is of by its attributes alone', () => {
    const eventKeys = fc.record({
      resourceKey: fc.string({ minLength: 1 }),
      ticks: fc.bigInt({ min: 0n, max: 3_155_378_975_999_999_999n }).map((ticks) => ticks as Ticks),
      eventId: fc.stringMatching(/^[0-9a-f]{32}$/),
      type: fc.string({ unit: 'grapheme', maxLength: 20 }),
    })
    fc.assert(
      fc.property(eventKeys, ({ type, ...key }) => {
        expect(readEventKey(eventAttributes({ ...key, type }))).toEqual(type === '' ? key : { ...key, type })
        expect(readEventKey(eventAttributes(key))).toEqual(key)
      }),
    )
  })

  it('leaves out a type that is too long, and still says which event it is of', () => {
    const key = { resourceKey: 'r', ticks: parseTicks('1'), eventId: '0'.repeat(32) }
    expect(readEventKey(eventAttributes({ ...key, type: 'x'.repeat(257) }))).toEqual(key)
    expect(readEventKey(eventAttributes({ ...key, type: 'ä'.repeat(100) }))).toEqual(key)
    expect(readEventKey(eventAttributes({ ...key, type: 'x'.repeat(256) }))?.type).toHaveLength(256)
  })

  it.each([
    ['an earlier release', { resource: 'r' }],
    ['no resource', { event: `1 ${'0'.repeat(32)}` }],
    ['a shorter id', { resource: 'r', event: '1 0123' }],
    ['ticks after the year 9999', { resource: 'r', event: `${'9'.repeat(19)} ${'0'.repeat(32)}` }],
    ['ticks of 20 digits', { resource: 'r', event: `${'1'.repeat(20)} ${'0'.repeat(32)}` }],
    ['more than a type', { resource: 'r', event: `1 ${'0'.repeat(32)} a b` }],
  ])('says of no event with the attributes of %s', (_, attributes) => {
    expect(readEventKey(attributes)).toBeUndefined()
  })

  it('has at most ten attributes, the most that SQS takes, also as the letter of a replay', () => {
    const all = new Set<string>(Object.values(attributeNames))
    // A delayed message has no body, and so none of what travels with one; a new letter says by `givenUp` what `fence` said.
    all.delete(attributeNames.later)
    all.delete(attributeNames.fence)
    expect(all.size).toBeLessThanOrEqual(10)
  })

  it('makes any text an attribute of bounded length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 20 }), (text, chars) => {
        const cut = attributeText(text, chars)
        expect(cut.length).toBeLessThanOrEqual(chars)
        expect(cut).toMatch(/^[\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]+$/u)
      }),
    )
  })
})

it('does not take a body for what another version has written', () => {
  const later = { body: 'KLUv/SAA', attributes: { encoding: 'zstd' } }
  expect(() => unpackMessage(later)).toThrow(/that this version does not know: zstd/)
})
