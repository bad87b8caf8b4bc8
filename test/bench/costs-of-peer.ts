/** `node infra/cli/on-node24.mjs test/bench/costs-of-peer.ts`: the table of docs/costs.md that has the Powertools peer beside ours. */
import { batchSizes } from './bundle-runs.ts'
import { type Measured, measure } from './costs-measure.ts'
import { costsNotifications } from './costs-notifications.ts'
import { dollars, usdOf } from './costs-table.ts'
import { eventRows } from './event-rows.ts'
import { measurePeer, withArchive } from './peer-measure.ts'
import { type Prices, prices } from './prices.ts'

const load = { events: 1_000_000, handlerMs: 100 }
const inVirginia = prices.regions['us-east-1']
/** https://aws.amazon.com/sqs/pricing/ */
const withStandardQueue = { ...inVirginia, sqsRequest: { usd: 0.4, per: 1e6 } }

const notifications = costsNotifications(1024)
const ours = await measure(notifications)
const peer = await measurePeer(notifications, ours)
const columns = [
  ...columnsOf('ours', inVirginia, ours),
  ...columnsOf('peer', withStandardQueue, peer),
  ...columnsOf('peer with archive and feed', withStandardQueue, withArchive(peer, ours)),
]
const services = [...new Set(columns.flatMap(({ rows }) => rows.map(({ service }) => service)))]
console.log(
  [
    line('1,000,000 events, us-east-1', (column) => column.head),
    line('---', () => '---:'),
    ...services.map((service) => line(service, (column) => paid(column, service))),
    line('**together**', (column) => `**${paid(column)}**`),
  ].join('\n'),
)

type Column = ReturnType<typeof columnsOf>[number]

function columnsOf(whose: string, regional: Prices, measured: Measured) {
  return batchSizes.map((eventsABatch) => ({
    head: `${whose}, ${eventsABatch === 1 ? 'one' : eventsABatch} a batch`,
    regional,
    rows: eventRows(measured, { ...load, eventsABatch }),
  }))
}

function line(name: string, cell: (column: Column) => string): string {
  return `| ${[name, ...columns.map(cell)].join(' | ')} |`
}

function paid({ regional, rows }: Column, service?: string): string {
  return dollars(
    usdOf(
      regional,
      rows.filter((row) => service === undefined || row.service === service),
    ),
  )
}
