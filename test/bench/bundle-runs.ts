import { join } from 'node:path'
import { queues } from '../../infra/settings/topology.ts'
import { sqsRecord } from './consumer-input.ts'
import type { Notifications } from './costs-notifications.ts'
import { deliveryEvent } from './delivery.ts'
import { runFresh } from './fresh-process.ts'
import { functionEnv, startStub } from './stub-aws.ts'
import { startTable } from './table-engine.ts'
import { mean } from './timing.ts'

/** One event a batch, and as many as a batch can have. */
export const batchSizes = [1, queues.batchSize] as const

/** Deliveries through the bundle in `folder`: calls, CPU time and bytes of a line, of one. */
export async function receiverRun(folder: string, { at }: Notifications, events: number) {
  const stub = await startStub()
  try {
    const deliveries = Array.from({ length: events }, (_, index) => deliveryEvent(at(index)))
    const run = await runFresh(folder, join(folder, 'receiver/index.mjs'), deliveries, stub.env)
    return {
      sends: stub.calls.filter((call) => call === 'SendMessage').length / events,
      receiverCpuMs: run.warmCpuMs,
      deliveryLineBytes: meanLineBytes(allOf(events, run.lines, { delivery: 'accepted' })),
    }
  } finally {
    await stub.stop()
  }
}

/** The same for events, in batches of each size. */
export async function consumerRuns(folder: string, { at }: Notifications, events: number) {
  const table = await startTable()
  const runs: [size: number, cpuMs: number][] = []
  const lines: unknown[] = []
  try {
    for (const [round, size] of batchSizes.entries()) {
      const batches = Array.from({ length: Math.ceil(events / size) }, (_, batch) => ({
        // Each round brings other events: one that was handled before costs less.
        Records: Array.from({ length: size }, (_, index) =>
          sqsRecord(at((round + 1) * 100_000 + batch * size + index)),
        ),
      }))
      const run = await runFresh(
        folder,
        join(folder, 'consumer/index.mjs'),
        batches,
        functionEnv(table.endpoint),
      )
      runs.push([size, run.warmCpuMs / size])
      lines.push(...allOf(batches.length * size, run.lines, { event: 'handled' }))
    }
    const calls = (...names: string[]) => table.calls.filter((call) => names.includes(call)).length
    return {
      consumerCpuMs: Object.fromEntries(runs),
      tableWrites: calls('UpdateItem', 'PutItem') / lines.length,
      tableReads: calls('GetItem') / lines.length,
      eventLineBytes: meanLineBytes(lines),
    }
  } finally {
    await table.stop()
  }
}

/** The lines, if there is one for each and all tell the usual outcome: others cost something else. */
function allOf(count: number, lines: readonly unknown[], usual: Record<string, string>): readonly unknown[] {
  const [[name, outcome] = ['']] = Object.entries(usual)
  const as = lines.filter((line) => (line as Record<string, unknown>)[name] === outcome)
  if (as.length === count && lines.length === count) return lines
  throw new Error(`${count} were to be ${outcome}, ${as.length} were.`)
}

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html */
function meanLineBytes(lines: readonly unknown[]): number {
  const envelope = {
    timestamp: '2026-11-09T10:12:13.456Z',
    level: 'INFO',
    requestId: '00000000-0000-0000-0000-000000000000',
  }
  return mean(lines.map((message) => Buffer.byteLength(`${JSON.stringify({ ...envelope, message })}\n`)))
}
