import { beforeEach, expect, it } from 'vitest'
import { type MoveDeps, moveDelayed } from '../../functions/consumer/move-delayed.ts'
import type { QueueMessage } from '../../shared/queue/message.ts'

const nowEpochMs = Date.UTC(2026, 0, 1)
const { signal } = new AbortController()

let calls: unknown[]
let deps: MoveDeps
beforeEach(() => {
  calls = []
  const note = (name: string) => async (event: { token: string }, _: AbortSignal, leastMs?: number) => {
    calls.push([name, event.token, ...(leastMs === undefined ? [] : [leastMs])])
  }
  deps = {
    later: { delay: note('delay'), bringBack: note('bringBack'), backlog: async () => 0 },
    deadLetters: { send: async ({ body }, { reason }) => void calls.push(['dead', body, reason]) },
    clock: { now: () => nowEpochMs, after: () => () => {} },
    random: () => 0,
  }
})

function due(inMs: number): QueueMessage {
  const attributes = { resource: 'r', event: `1 ${'0'.repeat(32)}`, later: `token ${nowEpochMs + inMs}` }
  return { body: '-', attributes }
}
const withBacklog = (backlog: number) => ({ ...deps, later: { ...deps.later, backlog: async () => backlog } })

it('brings back what is due', async () => {
  await moveDelayed(deps, due(0), signal)
  await moveDelayed(deps, due(-86_400_000), signal)
  expect(calls).toEqual([
    ['bringBack', 'token'],
    ['bringBack', 'token'],
  ])
})

it('sends round what is not due', async () => {
  await moveDelayed(deps, due(1), signal)
  expect(calls).toEqual([['delay', 'token']])
})

it('sends round what is due while more than 1,000 messages wait, for a time that differs', async () => {
  await moveDelayed(withBacklog(1_000), due(0), signal)
  await moveDelayed(withBacklog(1_001), due(0), signal)
  await moveDelayed({ ...withBacklog(1_001), random: () => 0.5 }, due(0), signal)
  expect(calls).toEqual([
    ['bringBack', 'token'],
    ['delay', 'token', 40_000],
    ['delay', 'token', 60_000],
  ])
})

it.each([
  ['says not what is due', {}, /says not what is due/],
  [
    'says it in an unknown way',
    { later: 'x', resource: 'r', event: `1 ${'0'.repeat(32)}` },
    /neither which event/,
  ],
  ['names no event', { later: 'token 1' }, /neither which event/],
])('gives a message to the dead letters that %s', async (_, attributes, reason) => {
  await moveDelayed(deps, { body: 'odd', attributes }, signal)
  expect(calls).toEqual([['dead', 'odd', expect.stringMatching(reason)]])
})

it('fails, so that the message stays, when a queue does', async () => {
  const fails = () => Promise.reject(new Error('no answer'))
  const failing = (later: Partial<MoveDeps['later']>) => ({ ...deps, later: { ...deps.later, ...later } })
  await expect(moveDelayed(failing({ bringBack: fails }), due(0), signal)).rejects.toThrow('no answer')
  await expect(moveDelayed(failing({ backlog: fails }), due(0), signal)).rejects.toThrow('no answer')
  await expect(moveDelayed(failing({ delay: fails }), due(5_000), signal)).rejects.toThrow('no answer')
  const withoutLetters = { ...deps, deadLetters: { send: fails } }
  await expect(moveDelayed(withoutLetters, { body: '', attributes: {} }, signal)).rejects.toThrow('no answer')
})
