import { expect, it } from 'vitest'
import type { HandlerInfo } from '../../../infra/bundle/read-handlers.ts'
import { handlersText, keptHandlers } from '../../../infra/console/server/kept-handlers.ts'

const crm: HandlerInfo = { name: 'crm', types: ['matter.*'], order: 'latest', own: 'skip' }

it('reads handlers once, and again after half a minute when they could not be read', async () => {
  let now = 0
  let reads = 0
  let isBroken = true
  const handlers = keptHandlers({ now: () => now }, async () => {
    reads += 1
    if (isBroken) throw new Error('no such file')
    return [crm]
  })
  expect(await Promise.all([handlers(), handlers()])).toEqual([undefined, undefined])
  isBroken = false
  now = 29_999
  expect([await handlers(), reads]).toEqual([undefined, 1])
  now = 30_000
  expect(await Promise.all([handlers(), handlers()])).toEqual([[crm], [crm]])
  now = 10 * 60_000
  expect([await handlers(), reads]).toEqual([[crm], 2])
})

it('has another text for other handlers', () => {
  const others = [
    undefined,
    [],
    [crm],
    [{ ...crm, name: 'mail' }],
    [{ ...crm, types: ['matter.*', 'contact.*'] }],
    [{ ...crm, order: 'every' as const }],
    [{ ...crm, own: 'handle' as const }],
    [crm, { ...crm, name: 'mail' }],
  ]
  expect(new Set(others.map(handlersText)).size).toBe(others.length)
  expect(handlersText([crm])).toBe(handlersText([{ ...crm }]))
})
