import { setTimeout as sleep } from 'node:timers/promises'
import { startLocal } from '../../infra/local/start-local.ts'
import { dateToTicks } from '../../shared/event/ticks.ts'
import { type Handler, on } from '../../shared/handling/handler-registry.ts'
import { type Figure, ratio, shown } from './figure.ts'

const events = 200
const everyMs = 100
/** A handled event may come so many times later beside a handler that fails. */
const limit = 3

/**
 * What a handler that always fails costs the one beside it: events of one resource, through two local runs side by side, of
 * which one has the failing handler. From the delivery to the handler's start.
 */
export async function isolationFigures(): Promise<Figure[]> {
  const failing = on('matter.*', { name: 'broken', order: 'every' }, () => {
    throw new Error('broken')
  })
  const [alone, beside] = await Promise.all([delays([]), delays([failing])])
  const told = (all: readonly number[]) => `median ${at(all, 0.5)} ms, longest ${at(all, 1)} ms`
  return [
    shown(`${events} events of a resource, one each ${everyMs} ms, alone`, told(alone)),
    shown('the same beside a handler that always fails', told(beside)),
    ratio('the longest wait, beside it and alone', at(beside, 1) / at(alone, 1), limit),
  ]
}

/** Milliseconds until each event was handled, the shortest first. Throws when one was not. */
async function delays(others: readonly Handler[]): Promise<number[]> {
  const deliveredAt: number[] = []
  const waits: number[] = []
  const works = on('matter.*', { name: 'works', order: 'every' }, ({ payloadText }) => {
    const { nth } = JSON.parse(payloadText) as { nth: number }
    waits.push(performance.now() - (deliveredAt[nth] ?? 0))
  })
  const local = await startLocal({ handlers: [works, ...others] })
  try {
    for (let nth = 0; nth < events; nth++) {
      const ticks = dateToTicks(new Date())
      const payload = `{"id":"one","nth":${nth}}`
      deliveredAt[nth] = performance.now()
      await local.deliver(
        `{"accountId":"firm","subscriptionId":"s","type":"matter.updated","payload":${payload},"timestamp":${ticks}}`,
      )
      await sleep(everyMs)
    }
    await sleep(1_000)
  } finally {
    await local.stop()
  }
  if (waits.length < events) throw new Error(`${events - waits.length} events were not handled in time.`)
  return waits.sort((one, other) => one - other)
}

function at(sorted: readonly number[], quantile: number): number {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? 0)
}
