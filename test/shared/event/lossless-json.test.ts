import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  letJsonStringifyTakeBigInt,
  parseAsWritten,
  parseLossless,
  parseRounding,
  stringifyLossless,
} from '../../../shared/event/lossless-json.ts'

describe('lossless JSON', () => {
  it('keeps every digit of a long integer and leaves all else as JSON.parse has it', () => {
    const json =
      '{"a":639170696424691361,"b":[-9007199254740993],"c":9007199254740991,"d":1.5,"e":"639170696424691361","f":1e400,"g":12345678901234567.5}'
    expect(parseLossless(json)).toEqual({
      a: 639170696424691361n,
      b: [-9007199254740993n],
      c: 9007199254740991,
      d: 1.5,
      e: '639170696424691361',
      f: Number.POSITIVE_INFINITY,
      g: Number('12345678901234567.5'),
    })
  })

  it('writes what it read, digit for digit', () => {
    const json = '{"a":639170696424691361,"b":[-9007199254740993,null,"x"],"c":{"d":true}}'
    expect(stringifyLossless(parseLossless(json))).toBe(json)
  })

  it('writes numbers as they stand where they are only to be written again', () => {
    const json =
      '{"a":1.0e400,"b":[-0,2.50,1E+2,0.10000000000000000001],"c":639170696424691361,"d":"1.0","\\u0065":1.0}'
    expect(stringifyLossless(parseAsWritten(json))).toBe(json.replace('\\u0065', 'e'))
    expect(() => parseAsWritten('{"a":01}')).toThrow(SyntaxError)
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(stringifyLossless(parseAsWritten(JSON.stringify(value)))).toBe(JSON.stringify(value))
      }),
    )
  })

  it('lets plain JSON.stringify keep the digits once it is told to', () => {
    // Modules are shared with other tests, which may have told it before.
    Reflect.deleteProperty(BigInt.prototype, 'toJSON')
    onTestFinished(letJsonStringifyTakeBigInt)
    expect(() => JSON.stringify({ a: 1n })).toThrow()
    letJsonStringifyTakeBigInt()
    expect(JSON.stringify({ a: 639170696424691361n })).toBe('{"a":639170696424691361}')
  })

  it('reads back any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.stringify(value)
        // Doubles that look like long integers are the one thing that differs, and by digits only.
        if (!/\d{16}/.test(json)) expect(parseLossless(json)).toEqual(JSON.parse(json))
      }),
    )
  })

  it('reads back any integer', () => {
    fc.assert(
      fc.property(fc.bigInt(), (value) => {
        expect(BigInt(parseLossless(`${value}`) as bigint | number)).toBe(value)
      }),
    )
  })

  it('reads any document with a long number as it was written', () => {
    const text = fc.string({ unit: 'binary', maxLength: 8 })
    const document = fc.tuple(
      fc.jsonValue({ stringUnit: 'binary' }),
      fc.dictionary(fc.oneof(text, fc.constantFrom('__proto__', 'constructor', '0', '')), fc.jsonValue()),
      fc.nat(3),
    )
    fc.assert(
      fc.property(document, ([value, members, indent]) => {
        const json = `${JSON.stringify([value, members, { ...members }], null, indent).slice(0, -1)},1234567890123456789 ]`
        // The rounded value is compared: a double may be printed as a long integer, too.
        const rounded = JSON.stringify(
          parseLossless(json),
          function (this: Record<string, unknown>, key, member) {
            return typeof this[key] === 'bigint' ? Number(this[key]) : member
          },
        )
        expect(rounded).toBe(JSON.stringify([value, members, { ...members }, Number('1234567890123456789')]))
      }),
      { numRuns: 1_000 },
    )
  })

  it.each([parseLossless, parseRounding])('%o reads a name with a backslash as it is written', (parse) => {
    // V8 takes the second name of the second document for the one of the first: nodejs/node#63785.
    parse('{"h":[],"\\\\":0}')
    expect(Object.keys(parse('{"h":1,"\\"":2}') as object)).toEqual(['h', '"'])
    parse('{"payload\\\\":1}')
    expect(Object.keys(parse('{"payload\\"":1}') as object)).toEqual(['payload"'])
    expect(parse('[{"a\\u0062" : 1,"c":"\\n"}]')).toEqual([{ ab: 1, c: '\n' }])
  })

  it('throws on what is no JSON', () => {
    expect(() => parseLossless('{1234567890123456789}')).toThrow(SyntaxError)
    expect(() => parseLossless('{"a\\":1234567890123456789')).toThrow(SyntaxError)
  })

  it('is wanted as long as JSON.parse gives a name with a backslash another text', () => {
    // When this fails, Node has mended it, and what reads names by itself may go.
    const parse = JSON.parse
    parse('{"h":[],"\\\\":0}')
    expect(Object.keys(parse('{"h":1,"\\"":2}') as object)[1]).toBe('\\')
  })
})
