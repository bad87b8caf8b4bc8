import { expect, it } from 'vitest'
import { mostWaiting } from '../../functions/consumer/move-delayed.ts'
import { type HangingHandlers, hangingHandlers } from '../../shared/handling/hanging-handlers.ts'
import { backOffMs } from '../../shared/runtime/back-off.ts'

/** The limits of a deployment: five batches of ten at once, 26 s until a handler is given up. */
const processes = 5
const batchSize = 10
const hangMs = 26_000
/** A first delivery's work, and that of a retry which is put off. */
const workMs = 100
const putOffMs = 40
const hourMs = 3_600_000
const stepMs = 100

interface Message {
  isRetry: boolean
  sinceMs: number
  failures: number
}

/** An hour of a consumer to which so many first deliveries a second come, beside retries of a handler that hangs. */
function hourOf({ perSecond, retries }: { perSecond: number; retries: number }) {
  let nowMs = 0
  let queue: Message[] = []
  let delayed: { dueMs: number; message: Message }[] = Array.from({ length: retries }, (_, at) => ({
    dueMs: (at * hourMs) / 4 / Math.max(retries, 1),
    message: { isRetry: true, sinceMs: 0, failures: 3 },
  }))
  const workers = Array.from({ length: processes }, () => ({
    freeMs: 0,
    hanging: hangingHandlers(() => nowMs),
  }))
  for (const { hanging } of workers) for (let time = 0; time < 3; time++) hanging.note('hangs', true)
  const waits: number[] = []
  let owed = 0

  /** How long one message takes of its batch, whose groups run side by side. */
  function handle(message: Message, hanging: HangingHandlers): number {
    if (!message.isRetry) {
      waits.push(nowMs - message.sinceMs)
      return workMs
    }
    const probes = hanging.mayRetry('hangs')
    const failures = message.failures + (probes ? 1 : 0)
    const dueMs = nowMs + (probes ? hangMs : 0) + backOffMs(failures, 0.5)
    if (failures < 20) delayed.push({ dueMs, message: { ...message, failures } })
    return probes ? hangMs : putOffMs
  }

  for (; nowMs < hourMs; nowMs += stepMs) {
    for (owed += (perSecond * stepMs) / 1000; owed >= 1; owed--)
      queue.push({ isRetry: false, sinceMs: nowMs, failures: 0 })
    // Looked at each second, as by a poll.
    if (nowMs % 1_000 === 0) {
      const room = Math.max(0, mostWaiting - queue.length)
      const due = delayed.filter(({ dueMs }) => dueMs <= nowMs).slice(0, room)
      queue.push(...due.map(({ message }) => message))
      const moved = new Set(due)
      delayed = delayed.filter((each) => !moved.has(each))
    }
    // What nobody would get to within the hour needs no place here.
    if (queue.length > 5 * mostWaiting) queue = queue.slice(0, 5 * mostWaiting)
    for (const worker of workers) {
      if (worker.freeMs > nowMs || queue.length === 0) continue
      const took = queue.splice(0, batchSize).map((message) => handle(message, worker.hanging))
      worker.freeMs = nowMs + Math.max(...took)
      if (Math.max(...took) === hangMs) {
        const { hanging } = worker
        // The time-out is noted when it has come.
        const noted = nowMs + hangMs
        const before = nowMs
        nowMs = noted
        hanging.note('hangs', true)
        nowMs = before
      }
    }
  }
  waits.sort((one, other) => one - other)
  return { handled: waits.length, p99Ms: waits[Math.floor(waits.length * 0.99)] ?? 0 }
}

it('a handler that hangs on 10,000 events takes at most half of what first deliveries have', () => {
  const flood = 2 * ((processes * batchSize * 1000) / workMs)
  const [alone, beside] = [0, 10_000].map((retries) => hourOf({ perSecond: flood, retries }).handled)
  expect((beside ?? 0) / (alone ?? 1)).toBeGreaterThan(0.5)
})

it('first deliveries at a tenth of what the consumer can do are all handled beside it', () => {
  const perSecond = 50
  const { handled, p99Ms } = hourOf({ perSecond, retries: 10_000 })
  expect(handled / ((perSecond * hourMs) / 1000)).toBeGreaterThan(0.99)
  expect(p99Ms).toBeLessThan(60_000)
})
