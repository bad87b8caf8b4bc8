import { describe, expect, it } from 'vitest'
import { fittedTable } from '../../../infra/cli/webhooks/fitted-table.ts'
import { durationOf, momentOf, shownMoment } from '../../../infra/cli/webhooks/moments.ts'
import {
  columnsOf,
  cutTo,
  jsonForTerminal,
  lineForTerminal,
} from '../../../infra/cli/webhooks/terminal-text.ts'

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
})
