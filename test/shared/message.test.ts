import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attributeText, packMessage, unpackMessage } from '../../shared/message.ts'
import { parseTicks } from '../../shared/ticks.ts'

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
