import { describe, expect, it } from 'vitest'
import { backOffMs } from '../../shared/back-off.ts'
import { describeFailure } from '../../shared/failures.ts'
import { redactSecrets } from '../../shared/redact-secrets.ts'
import { retentionOf } from '../../shared/retention.ts'

describe('failure', () => {
  it('is told with its stack, mapped, and its causes', () => {
    const error = new TypeError('outer', { cause: new Error('inner', { cause: 'a text' }) })
    const text = describeFailure(error, (stack) => stack.replaceAll('failures.test.ts', 'mapped.ts'))
    expect(text).toMatch(/^TypeError: outer\n {4}at .*mapped\.ts/)
    expect(text).toMatch(/\ncaused by Error: inner\n[\s\S]*\ncaused by thrown: a text$/)
  })

  it('is cut, and ends for causes in a circle', () => {
    const error = new Error('x'.repeat(10_000))
    error.cause = error
    expect(describeFailure(error)).toHaveLength(4096)
  })

  it('is redacted before it is cut, so that no part of a secret stays', () => {
    const secrets = new Map([['KEY', 'abcd'.repeat(8)]])
    const error = new Error(`${'x'.repeat(4080)}${secrets.get('KEY')}`)
    const text = describeFailure(error, undefined, (whole) => redactSecrets(whole, secrets))
    expect(text).toHaveLength(4096)
    expect(text).not.toContain('abcd')
  })

  it('is told of whatever is thrown', () => {
    expect(describeFailure({})).toBe('thrown: [object Object]')
    expect(describeFailure(null)).toBe('thrown: null')
    expect(describeFailure(undefined)).toBe('thrown: undefined')
    expect(describeFailure(Object.create(null))).toBe('thrown: object')
  })
})

describe('back-off', () => {
  it('doubles from 5 s to 5 min', () => {
    const longest = Array.from({ length: 19 }, (_, index) => backOffMs(index + 1, 1) / 1000)
    expect(longest.slice(0, 7)).toEqual([5, 10, 20, 40, 80, 160, 300])
    expect(longest.reduce((sum, seconds) => sum + seconds) / 60).toBeCloseTo(70.25)
    expect(backOffMs(3, 0)).toBe(18_000)
  })
})

describe('retention', () => {
  it('is at least 30 days for events, and longer for ledgers', () => {
    expect(retentionOf({ events: 30, ledgers: 400 })).toEqual({
      eventsMs: 2_592_000_000,
      ledgersMs: 34_560_000_000,
    })
    expect(() => retentionOf({ events: 29.9, ledgers: 400 })).toThrow(/at least 30 days/)
    expect(() => retentionOf({ events: 30, ledgers: 30 })).toThrow(/longer than events/)
    expect(() => retentionOf({ events: Number.NaN, ledgers: 1 })).toThrow(/at least 30 days/)
  })
})
