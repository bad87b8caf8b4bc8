/** `npm run costs`: what a stack costs a month, from what is measured here and a dated table of prices. */

import { print } from '../../infra/terminal/terminal.ts'
import { deliveryOutcomes, eventOutcomes, namesOf } from '../../shared/event/outcomes.ts'
import { batchSizes } from './bundle-runs.ts'
import type { CostRow } from './cost-row.ts'
import { assumptions } from './costs-assumptions.ts'
import { basisOf } from './costs-basis.ts'
import { type Measured, measure } from './costs-measure.ts'
import { costsNotifications } from './costs-notifications.ts'
import { type CostsOptions, costsOptions, type GivenCosts } from './costs-options.ts'
import { type CostTable, dollars, linesOf, markdownOf, usdOf } from './costs-table.ts'
import { eventRows } from './event-rows.ts'
import { prices } from './prices.ts'
import { stackRows } from './stack-rows.ts'

/** Those by outcome, and ten for alarms and for the construct's methods, which have values only when something is wrong. */
const allMetrics = namesOf(deliveryOutcomes).length + namesOf(eventOutcomes).length + 10

/** Tells them, for the command `costs`. */
export async function tellCosts(given: GivenCosts): Promise<void> {
  const options = costsOptions(given)
  const measured = await measure(costsNotifications(options.body))
  const lines = options.markdown ? asMarkdown(measured, options) : asText(measured, options)
  for (const line of lines) print(line)
}

function asText(measured: Measured, options: CostsOptions): string[] {
  const { region, eventsAMonth } = options
  return [
    `${eventsAMonth.toLocaleString('en-US')} events a month, ${region}, US dollars`,
    ...linesOf(prices.regions[region], ofEvents(measured, options)),
    '',
    'The stack a month, with no event at all, and with some in every hour',
    ...linesOf(prices.regions[region], ofStack(measured)),
    '',
    ...basisOf(measured, options),
  ]
}

function asMarkdown(measured: Measured, options: CostsOptions): string[] {
  const { region, eventsAMonth } = options
  const paid = (rows: readonly CostRow[]) => dollars(usdOf(prices.regions[region], rows))
  const idle = stackRows(measured, 0).filter(({ quantity }) => quantity > 0)
  const ofKeeper = (row: CostRow) => row.service === 'Keeper'
  const parts = [
    ...idle.filter((row) => !ofKeeper(row)).map((row) => `${row.what} ${paid([row])}`),
    `the keeper's runs ${paid(idle.filter(ofKeeper))}`,
  ].join(', ')
  const withoutDashboard = idle.filter(({ price }) => price !== 'dashboardMonth')
  const metrics = stackRows(measured, assumptions.hourlyOutcomes.length).filter(
    ({ price }) => price === 'metricMonth',
  )
  return [
    ...markdownOf(
      prices.regions[region],
      `${eventsAMonth.toLocaleString('en-US')} events, ${region}`,
      ofEvents(measured, options),
    ),
    '',
    `The stack itself costs ${paid(idle)} a month (${parts}), ${paid(withoutDashboard)} without the dashboard, and in use some ${paid(metrics)} more for the ${assumptions.hourlyOutcomes.length} metrics that usually have values (of ${allMetrics}), billed for the hours in which they do.`,
  ]
}

function ofEvents(measured: Measured, { eventsAMonth, handlerMs }: CostsOptions): CostTable {
  return {
    heads: batchSizes.map((size) => (size === 1 ? 'one a batch' : `${size} a batch`)),
    columns: batchSizes.map((eventsABatch) =>
      eventRows(measured, { events: eventsAMonth, eventsABatch, handlerMs }),
    ),
  }
}

function ofStack(measured: Measured): CostTable {
  const metrics = assumptions.hourlyOutcomes.length
  const { stack } = measured
  const withoutDashboard = { ...measured, stack: { ...stack, dashboards: 0 } }
  return {
    heads: ['idle, dashboard: false', 'idle', 'in use'],
    columns: [stackRows(withoutDashboard, 0), stackRows(measured, 0), stackRows(measured, metrics)],
  }
}
