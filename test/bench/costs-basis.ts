import { defaults } from '../../infra/settings/settings-schema.ts'
import { keeper, queues } from '../../infra/settings/topology.ts'
import { billedConsumerMs, billedReceiverMs } from './billed-ms.ts'
import { batchSizes } from './bundle-runs.ts'
import { assumptions } from './costs-assumptions.ts'
import type { Measured } from './costs-measure.ts'
import type { CostsOptions } from './costs-options.ts'
import { type PriceName, type Prices, pricePages, prices as priceTable } from './prices.ts'

/** What the figures stand on: measured, computed of that, assumed, left out, and how old the prices are. */
export function basisOf(measured: Measured, { region, handlerMs }: CostsOptions): string[] {
  const { writeUnits: units, storedBytes: stored, consumerCpuMs } = measured
  const { keeperRun } = assumptions
  const billed = batchSizes.map((eventsABatch) => billedConsumerMs(measured, { eventsABatch, handlerMs }))
  return [
    'Measured here',
    `  body ${bytes(measured.bodyBytes)}, queue message ${bytes(measured.messageBytes)}`,
    `  calls of an event: ${measured.sends} SQS, ${measured.tableWrites} DynamoDB writes, ${measured.tableReads} reads; the secret ${measured.secretReadsAnHour} times an hour`,
    `  write units of an event: ledger ${short(units.ledger)}, event ${short(units.event)}, index ${short(units.index)}`,
    `  items: ledger ${bytes(stored.ledger)}, event ${bytes(stored.event)}, index ${bytes(stored.index)}`,
    `  log lines: delivery ${bytes(measured.deliveryLineBytes)}, event ${bytes(measured.eventLineBytes)}, access ${bytes(measured.stack.accessLineBytes)}`,
    `  CPU at a full core: delivery ${short(measured.receiverCpuMs)} ms, event ${batchSizes.map((size) => `${short(consumerCpuMs[size] ?? 0)} ms (batch of ${size})`).join(', ')}`,
    `  template: ${measured.stack.alarmMetrics} metrics of alarms, ${measured.stack.dashboards} dashboard, ${measured.stack.secrets} secrets`,
    'Billed therefore',
    `  receiver ${billedReceiverMs(measured)} ms at ${defaults.receiver.memoryMb} MB; consumer ${billed.map((ms, at) => `${ms} ms (batch of ${batchSizes[at]})`).join(', ')} at ${defaults.consumer.memoryMb} MB`,
    'Assumed',
    `  waiting: Lambda itself ${assumptions.runtimeMs} ms, SQS ${assumptions.sqsSendMs} ms, a DynamoDB write ${assumptions.dynamodbWriteMs} ms, your handlers ${handlerMs} ms`,
    `  an arm64 core as fast as one here; ${assumptions.eventsAResource} events a resource; ${assumptions.warmReceivers} receivers kept warm; up to ${queues.batchSize} events deleted by one request`,
    `  idle, ${assumptions.idlePolls} polls of ${assumptions.pollSeconds} s at once; metrics in every hour: ${assumptions.hourlyOutcomes.join(', ')}`,
    `  a run of the keeper every ${defaults.subscriptionCheckMinutes} minutes, for ${keeperRun.firms} firm: ${keeperRun.smokeballCalls} calls of Smokeball, ${keeperRun.billedMs} ms billed at ${keeper.memoryMb} MB, ${keeperRun.readUnits} read unit, ${keeperRun.secretReads} reads of secrets`,
    'Left out',
    "  free tiers, taxes, retries and redeliveries, cold starts, data transfer, the keeper's lines and calls by your backend, alarm mails, X-Ray, and what your handlers call",
    `Prices of ${region} as of ${priceTable.asOf}`,
    `  published at ${[...new Set(Object.values(pricePages))].join(' ')}`,
    `  compared with what others noted of AWS's price list; not found there: ${unseen(priceTable.regions[region]).join(', ') || 'none'}`,
  ]
}

function unseen(prices: Prices): string[] {
  return (Object.keys(prices) as PriceName[]).filter((name) => !prices[name].seen)
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function bytes(value: number): string {
  return `${value.toLocaleString('en-US', { maximumFractionDigits: 0 })} B`
}
