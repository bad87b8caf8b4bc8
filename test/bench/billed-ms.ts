import { defaults } from '../../infra/settings/settings-schema.ts'
import { assumptions } from './costs-assumptions.ts'
import type { Measured } from './costs-measure.ts'
import type { Load } from './event-rows.ts'

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const megabytesOfOneCpu = 1769

/** Milliseconds that a delivery is billed: Lambda gives CPU with memory, so that work takes longer there. */
export function billedReceiverMs(measured: Measured): number {
  const { runtimeMs, sqsSendMs } = assumptions
  return Math.ceil(
    runtimeMs + measured.sends * sqsSendMs + measured.receiverCpuMs * slowness(defaults.receiver.memoryMb),
  )
}

/** Milliseconds that a batch is billed: its events wait at the same time, and share the CPU. */
export function billedConsumerMs(
  measured: Measured,
  { eventsABatch, handlerMs }: Pick<Load, 'eventsABatch' | 'handlerMs'>,
): number {
  const { runtimeMs, dynamodbWriteMs } = assumptions
  const cpuMs = eventsABatch * (measured.consumerCpuMs[eventsABatch] ?? Number.NaN)
  const waitingMs = runtimeMs + measured.tableWrites * dynamodbWriteMs + handlerMs
  return Math.ceil(waitingMs + cpuMs * slowness(defaults.consumer.memoryMb))
}

function slowness(megabytes: number): number {
  return Math.max(1, megabytesOfOneCpu / megabytes)
}
