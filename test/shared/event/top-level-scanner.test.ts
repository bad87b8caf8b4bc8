import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NestedTooDeep, scanMembers, scanTopLevel } from '../../../shared/event/top-level-scanner.ts'

const scan = (json: string) => scanTopLevel(json, ['timestamp', 'payload'])

describe('top-level scanner', () => {
  it('gives the exact text, digits and spaces included', () => {
    expect(scan('{ "payload" : { "a" : 1.0 , "b":[ 2 ] } ,\n"timestamp":639170696424691361}')).toEqual({
      payload: '{ "a" : 1.0 , "b":[ 2 ] }',
      timestamp: '639170696424691361',
    })
  })

  it('is not misled by a nested timestamp before the top-level one', () => {
    expect(scan('{"payload":{"timestamp":1,"x":"\\"timestamp\\":2"},"timestamp":3}').timestamp).toBe('3')
    expect(scan('{"x":[{"timestamp":1}],"payload":{"timestamp":1}}').timestamp).toBeUndefined()
  })

  it('takes the last of duplicate keys, as JSON.parse does', () => {
    expect(scan('{"timestamp":1,"payload":1,"timestamp":2}').timestamp).toBe('2')
  })

  it('knows keys that are escaped', () => {
    expect(scan('{"pay\\u006coad":7,"\\"timestamp":8}')).toEqual({ payload: '7' })
  })

  it.each(['{}', ' { } ', '{"a":"}"}', '{"a":"\\\\"}', '{"":{}}', '{"__proto__":1}'])(
    'finds nothing in %s',
    (json) => {
      expect(scan(json)).toEqual({})
    },
  )

  it('agrees with JSON.parse on every valid document', () => {
    const name = fc.oneof(
      fc.constantFrom('timestamp', 'payload', 'toString', '__proto__'),
      fc.string({ unit: 'binary' }),
    )
    const value = fc.oneof(fc.jsonValue(), fc.bigInt().map(String), fc.string({ unit: 'binary' }))
    const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/)
    const escapedName = fc
      .tuple(name, fc.boolean())
      .map(([text, isEscaped]) => (isEscaped ? escapeAll(text) : JSON.stringify(text)))
    const member = fc
      .tuple(escapedName, value, space, space, fc.nat(2))
      .map(([key, content, before, after, indent]) => {
        return `${before}${key}${after}:${before}${JSON.stringify(content, null, indent)}${after}`
      })
    const document = fc
      .tuple(fc.array(member), space)
      .map(([members, around]) => `${around}{${members.join(',') || around}}${around}`)
    fc.assert(
      fc.property(document, (json) => {
        const parsed = JSON.parse(json) as Record<string, unknown>
        const scanned = scan(json)
        for (const key of ['timestamp', 'payload'] as const) {
          const text = scanned[key]
          expect(text !== undefined).toBe(Object.hasOwn(parsed, key))
          if (text === undefined) continue
          expect(JSON.parse(text)).toEqual(parsed[key])
          expect(text).toBe(text.trim())
          expect(json).toContain(text)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

function escapeAll(text: string): string {
  const escapes = Array.from(
    { length: text.length },
    (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`,
  )
  return `"${escapes.join('')}"`
}

describe('the members of an array', () => {
  it('are given as they are written', () => {
    expect(scanMembers(' [ 1.0 ,"a,]" , {"b":[ 2 ]},[],null,639170696424691361] ')).toEqual([
      '1.0',
      '"a,]"',
      '{"b":[ 2 ]}',
      '[]',
      'null',
      '639170696424691361',
    ])
  })

  it.each(['[]', ' [ ] ', '{}', '1', '"[1]"', '', '\uFEFF[]'])('are none in %j', (json) => {
    expect(scanMembers(json)).toEqual([])
  })

  it('end, whatever a text that is not valid has', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', ',', ':', '1', ' ') }),
        (json) => {
          expect(scanMembers(`[${json}`).length).toBeLessThanOrEqual(json.length)
        },
      ),
    )
  })

  it('are not searched for without end', () => {
    expect(() => scanMembers('['.repeat(200))).toThrow(NestedTooDeep)
  })
})
