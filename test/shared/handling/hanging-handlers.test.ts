import { beforeEach, expect, it } from 'vitest'
import { type HangingHandlers, hangingHandlers } from '../../../shared/handling/hanging-handlers.ts'

let nowEpochMs: number
let handlers: HangingHandlers
beforeEach(() => {
  nowEpochMs = Date.UTC(2026, 0, 1)
  handlers = hangingHandlers(() => nowEpochMs)
})

function timeOut(handler: string, times: number): void {
  for (let nth = 0; nth < times; nth++) handlers.note(handler, true)
}

it('lets a handler retry until it has timed out three times in a row', () => {
  expect(handlers.mayRetry('crm')).toBe(true)
  timeOut('crm', 2)
  expect(handlers.mayRetry('crm')).toBe(true)
  timeOut('crm', 1)
  expect(handlers.mayRetry('crm')).toBe(false)
})

it('counts time-outs anew after any other end', () => {
  timeOut('crm', 2)
  handlers.note('crm', false)
  timeOut('crm', 2)
  expect(handlers.mayRetry('crm')).toBe(true)
})

it('lets one that hangs try every 30 seconds', () => {
  timeOut('crm', 3)
  nowEpochMs += 29_999
  expect(handlers.mayRetry('crm')).toBe(false)
  nowEpochMs += 1
  expect([1, 2, 3].map(() => handlers.mayRetry('crm'))).toEqual([true, false, false])
  timeOut('crm', 1)
  nowEpochMs += 29_999
  expect(handlers.mayRetry('crm')).toBe(false)
  nowEpochMs += 1
  expect(handlers.mayRetry('crm')).toBe(true)
})

it('lets it retry at once when a try ended in time', () => {
  timeOut('crm', 5)
  nowEpochMs += 30_000
  expect(handlers.mayRetry('crm')).toBe(true)
  handlers.note('crm', false)
  expect(handlers.mayRetry('crm')).toBe(true)
})

it('keeps handlers apart', () => {
  timeOut('crm', 3)
  expect([handlers.mayRetry('crm'), handlers.mayRetry('mail')]).toEqual([false, true])
})
