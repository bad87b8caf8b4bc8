import { describe, expect, it } from 'vitest'
import {
  isPermanentFailure,
  memberOf,
  PermanentFailure,
  RetryAfter,
  retryDelayMs,
} from '../../../shared/runtime/handler-errors.ts'

const twelveHoursMs = 43_200_000
const thrower = (): never => {
  throw new Error('no look at this')
}
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable(new RetryAfter({ minutes: 1 }), {})
  revoke()
  return proxy
}

describe('what a handler throws', () => {
  it('is known by its code, whichever copy of this module it comes from', () => {
    const theirs = (code: string, delayMs: unknown) => Object.assign(new Error('x'), { code, delayMs })
    expect(isPermanentFailure(new PermanentFailure('x'))).toBe(true)
    expect(isPermanentFailure(theirs('PERMANENT_FAILURE', undefined))).toBe(true)
    expect(retryDelayMs(new RetryAfter({ minutes: 5 }))).toBe(300_000)
    expect(retryDelayMs(theirs('RETRY_AFTER', 5))).toBe(5)
    expect(retryDelayMs(theirs('RETRY_AFTER', '60000'))).toBe(60_000)
  })

  it.each([
    ['null', null],
    ['undefined', undefined],
    ['a text', 'RETRY_AFTER'],
    ['an object that is no error', { code: 'RETRY_AFTER', delayMs: 5 }],
    ['another error', new Error('RETRY_AFTER')],
    ['a revoked proxy', revoked()],
    [
      'an error that fails at each look',
      new Proxy(new Error('x'), { get: thrower, getPrototypeOf: thrower }),
    ],
    ['a code whose getter throws', Object.defineProperty(new Error('x'), 'code', { get: thrower })],
  ])('is neither when it is %s', (_, thrown) => {
    expect(isPermanentFailure(thrown)).toBe(false)
    expect(retryDelayMs(thrown)).toBeUndefined()
  })

  it.each([
    ['none', undefined, undefined],
    ['zero', 0, undefined],
    ['negative', -5, undefined],
    ['no number', 'soon', undefined],
    ['a boxed number', Object(1n), 1],
    ['without end', Number.POSITIVE_INFINITY, twelveHoursMs],
    ['longer than 12 hours', 2 * twelveHoursMs, twelveHoursMs],
  ])('asks for a time that is %s', (_, delayMs, expected) => {
    expect(retryDelayMs(Object.assign(new Error('x'), { code: 'RETRY_AFTER', delayMs }))).toBe(expected)
  })

  it('may have a time whose look throws', () => {
    const error = Object.defineProperty(new RetryAfter({ minutes: 1 }), 'delayMs', { get: thrower })
    expect(retryDelayMs(error)).toBeUndefined()
  })
})

describe('a member', () => {
  it('is undefined where there is none, or it cannot be looked at', () => {
    expect([null, undefined, 'text', {}].map((of) => memberOf(of, 'code'))).toEqual(Array(4).fill(undefined))
    expect(memberOf(revoked(), 'code')).toBeUndefined()
  })
})
