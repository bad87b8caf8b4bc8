import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { letJsonStringifyTakeBigInt, parseLossless, stringifyLossless } from '../../shared/lossless-json.ts'

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

  it('throws on what is no JSON', () => {
    expect(() => parseLossless('{1234567890123456789}')).toThrow(SyntaxError)
  })
})
