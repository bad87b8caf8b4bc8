import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { durationOf, momentOf } from '../../../infra/cli/commands/events/options.ts'
import { fittedTable } from '../../../infra/cli/terminal/fitted-table.ts'
import { table } from '../../../infra/cli/terminal/output.ts'
import { shownMoment } from '../../../infra/operate/moments.ts'
import { indentedJson } from '../../../infra/terminal/indented-json.ts'
import { text as cellText } from '../../../infra/terminal/line-cells.ts'
import { columnsOf, cutTo, jsonForTerminal, lineForTerminal } from '../../../infra/terminal/terminal-text.ts'

describe('a moment', () => {
  const nowEpochMs = Date.UTC(2026, 6, 1, 12)
  const utc = (text: string) => momentOf('--since', text, { nowEpochMs, utc: true })

  it('is taken as how long ago, or as ISO 8601 has it', () => {
    expect(utc('90s')).toBe(nowEpochMs - 90_000)
    expect(utc('2h')).toBe(nowEpochMs - 7_200_000)
    expect(utc('2026-07-01')).toBe(Date.UTC(2026, 6, 1))
    expect(utc('2026-07-01 09:30')).toBe(Date.UTC(2026, 6, 1, 9, 30))
    expect(utc('2026-07-01T09:30:05.25+10:00')).toBe(Date.UTC(2026, 5, 30, 23, 30, 5, 250))
    expect(momentOf('--since', '2026-07-01', { nowEpochMs })).toBe(new Date(2026, 6, 1).getTime())
  })

  it.each(['', '2', '2w', '2026-13-01', '2026-7-1', '2026-02-30', '2026-06-31 10:00', 'now'])(
    'is not %j',
    (text) => {
      expect(() => utc(text)).toThrow(/is no (moment|duration)/)
    },
  )

  it('is shown as it is given', () => {
    expect(shownMoment(Date.UTC(2026, 6, 1, 9, 30, 5, 7), true)).toBe('2026-07-01 09:30:05')
    expect(shownMoment(Date.UTC(2026, 6, 1, 9, 30, 5, 7), true, 'short')).toBe('07-01 09:30:05')
    expect(shownMoment(Date.UTC(2026, 6, 1, 9, 30, 5, 7), true, 'exact')).toBe('2026-07-01 09:30:05.007')
    const local = new Date(2026, 6, 1, 9, 30, 5).getTime()
    expect(shownMoment(local)).toBe('2026-07-01 09:30:05')
    expect(shownMoment(1e300)).toBe('1e+300')
  })

  it('a duration has a unit', () => {
    expect(durationOf('--waited', '3d')).toBe(259_200_000)
  })
})

describe('text for a terminal', () => {
  it('loses what moves the cursor or turns the line', () => {
    expect(lineForTerminal('a\u001b[31mb\u001b]0;title\u0007c\r\n\td\u0085\u202ee\u0000')).toBe('abc d ?e?')
  })

  it.each([
    // ECMA-48, with ESC and with the one character that means the same
    ['a control sequence', 'a\u001b[1;31mb\u009b0mc\u001b[?25ld\u001b[ qe', 'abcde'],
    ['a title', 'a\u001b]0;x\u001b\\b\u009d2;x\u009cc\u001b]0;x\u0007d', 'abcd'],
    ['a link', '\u001b]8;;https://x.example\u001b\\here\u001b]8;;\u001b\\', 'here'],
    [
      'a string for the device',
      'a\u001bPx\u001b\\b\u0090x\u009cc\u001b_x\u001b\\d\u001b^x\u009ce\u001bXx\u009cf',
      'abcdef',
    ],
    ['other sequences', 'a\u001bcb\u001b(Bc\u001b7d\u001b=e', 'abcde'],
    // What has no end is none, and hides nothing.
    ['a title without an end', 'a\u001b]0;title', 'a0;title'],
    ['half a control sequence', 'a\u001b[31', 'a31'],
    ['a lone introducer', 'a\u001b', 'a?'],
    ['a sequence that another one would make', 'a\u001b\u001b[0m[31mb', 'a?[31mb'],
    ['half a title of one character', 'a\u009d0;title', 'a?0;title'],
    ['a bell, a backspace and C1 controls', 'a\u0007\u0008\u0084\u008db', 'a????b'],
    ['marks of direction', '\u061c\u200e\u200f\u202a\u202e\u2066\u2069a', '???????a'],
    ['what is not seen', 'a\u200b\u00ad\u2060\u3164\u{e0041}\ufff9b', 'a??????b'],
    ['half characters', 'a\ud800b', 'a?b'],
    [
      'marks that are piled up',
      `e${'\u0301'.repeat(8)}x${'\u0301'.repeat(9_000)}y`,
      `e${'\u0301'.repeat(8)}x${'\u0301'.repeat(8)}???y`,
    ],
    ['white space of any kind', 'a\u2028\u00a0\u0085\ufeff\v\fb', 'a b'],
    ['words that are joined, and emoji', 'می\u200cخواهم 👩‍👩‍👧 ❤\ufe0f', 'می\u200cخواهم 👩‍👩‍👧 ❤\ufe0f'],
  ])('has lost %s', (_, given, shown) => {
    expect(lineForTerminal(given)).toBe(shown)
  })

  /** Told one by one, and not by the properties that the code asks for. */
  const ranges = [
    ...[
      [0x00, 0x08],
      [0x0b, 0x1f],
      [0x7f, 0x9f],
      [0xad, 0xad],
      [0x61c, 0x61c],
      [0x200b, 0x200b],
      [0x200e, 0x200f],
    ],
    ...[
      [0x2028, 0x202e],
      [0x2060, 0x206f],
      [0xd800, 0xdfff],
      [0xfff9, 0xfffb],
      [0xe0000, 0xe007f],
    ],
  ]
  const isUnseen = (char: string) => {
    const code = char.codePointAt(0) ?? 0
    return ranges.some(([from = 0, to = 0]) => code >= from && code <= to)
  }
  const odd = fc.string({
    unit: fc.oneof(
      fc.constantFrom(
        ...'\u001b\u009b\u009d\u0090\u009c\u0007[]P\\;m0\u0300\u202e\u2066\n\t\ud800',
        '\u{e0041}',
      ),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
  })

  it('moves and hides nothing, whatever it is', () => {
    fc.assert(
      fc.property(odd, (text) => {
        expect([...lineForTerminal(text)].filter((char) => isUnseen(char) || /[\n\t]/.test(char))).toEqual([])
        expect([...cellText(text)].filter(isUnseen)).toEqual([])
        const json = jsonForTerminal(JSON.stringify({ text }, null, 2))
        expect([...json].filter(isUnseen)).toEqual([])
        expect(JSON.parse(json)).toEqual({ text })
      }),
    )
  })

  it('that is JSON stays the same document', () => {
    const value = { '\u009b': '\u007f\u2028\u202e', a: '😀\u200d' }
    const json = jsonForTerminal(JSON.stringify(value))
    expect([JSON.parse(json), /[\u007f-\u009f\u2028\u202e]/.test(json)]).toEqual([value, false])
  })

  it('is measured and cut by columns', () => {
    expect([columnsOf('abc'), columnsOf('長い'), columnsOf('👩‍👩‍👧'), columnsOf('e\u0301')]).toEqual([
      3, 4, 2, 1,
    ])
    expect([cutTo('長い', 4), cutTo('長いx', 4), cutTo('abcd', 3)]).toEqual(['長い', '長…', 'ab…'])
  })
})

describe('JSON for people', () => {
  const nested = (levels: number, inner: unknown) => {
    let value = inner
    for (let level = 0; level < levels; level++)
      value = level % 2 === 0 ? [value, 1] : { 'a "b"': value, c: {} }
    return value
  }

  it('is indented as JSON.stringify does it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        expect(indentedJson(value)).toBe(JSON.stringify(value, null, 2))
      }),
    )
    expect(indentedJson(nested(16, 'x'))).toBe(JSON.stringify(nested(16, 'x'), null, 2))
    expect(indentedJson({ id: 639170696424691361n })).toBe('{\n  "id": 639170696424691361\n}')
  })

  it('stays the same document, and of its length, however deep it is nested', () => {
    const deep = nested(40, { a: ['{', '}\\', ','], b: [] })
    expect(JSON.parse(indentedJson(deep))).toEqual(deep)
    const length = (levels: number) => indentedJson(nested(levels, 1)).length
    expect(length(1_000) / length(250)).toBeLessThan(4.5)
  })
})

describe('a table', () => {
  const columns = [
    { heading: 'Name' },
    { heading: 'What', mayBeCut: true },
    { heading: 'More', mayBeCut: true },
  ]
  const rows = [['never-cut', 'x'.repeat(30), 'y'.repeat(12)]]

  it('takes from the widest until it fits, and no cell is left without meaning', () => {
    const widths = (terminal: number) => fittedTable(columns, rows, terminal)[1]?.split('  ').map(columnsOf)
    expect(widths(100)).toEqual([9, 30, 12])
    expect(widths(40)).toEqual([9, 15, 12])
    expect(widths(30)).toEqual([9, 8, 9])
    expect(widths(5)).toEqual([9, 6, 6])
  })

  it('is not cut where there is no terminal', () => {
    expect(fittedTable(columns, rows, undefined)[1]).toBe(`never-cut  ${'x'.repeat(30)}  ${'y'.repeat(12)}`)
  })

  it('is not made wide by one cell of a megabyte', () => {
    const long = [...rows, ['never-cut', 'x'.repeat(1_000_000), 'y']]
    const lines = fittedTable(columns, long, undefined)
    expect(Math.max(...lines.map(columnsOf))).toBeLessThanOrEqual(9 + 2 + 200 + 2 + 12)
    const plain = table(['Name', 'What'], [...long, ['a', 'b']])
    expect(
      plain
        .map(({ length }) => length)
        .toSorted((a, b) => a - b)
        .at(-2),
    ).toBeLessThanOrEqual(9 + 2 + 200 + 2 + 12)
  })
})
