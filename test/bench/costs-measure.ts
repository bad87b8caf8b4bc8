import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bundleOptions } from '../../infra/bundle/bundle.ts'
import { consumerRuns, receiverRun } from './bundle-runs.ts'
import { receivedMessage } from './consumer-input.ts'
import type { Notifications } from './costs-notifications.ts'
import { inFolder } from './fresh-process.ts'
import { meteredConsumer } from './metered-consumer.ts'
import { secretReadsAnHour } from './secret-reads.ts'
import { type StackResources, stackResources } from './stack-resources.ts'
import { mean } from './timing.ts'

/** What one event takes, on average. */
export interface Measured {
  bodyBytes: number
  /** What the queue carries, attributes included. */
  messageBytes: number
  /** Calls to SQS of a delivery. */
  sends: number
  receiverCpuMs: number
  /** What an event takes in a batch of so many. */
  consumerCpuMs: Readonly<Record<number, number>>
  /** Calls of a consumer. */
  tableWrites: number
  tableReads: number
  writeUnits: { ledger: number; event: number; index: number }
  storedBytes: { ledger: number; event: number; index: number }
  /** What Lambda writes. */
  deliveryLineBytes: number
  eventLineBytes: number
  /** What a receiver takes that is kept warm. */
  secretReadsAnHour: number
  stack: StackResources
}

const handlersEntry = fileURLToPath(new URL('bench-handlers.ts', import.meta.url))
/** Enough for code to be compiled, without filling the memory with long bodies. */
const mostEvents = 600
const mostBytes = 4_000_000

/** How many events of a size are run. */
export function eventsFor(bodyBytes: number): number {
  return Math.max(40, Math.min(mostEvents, Math.floor(mostBytes / bodyBytes)))
}

/** Runs both bundles as deployed, the ledger and the stack's template, and reads off what they take. */
export function measure(notifications: Notifications): Promise<Measured> {
  const { kinds } = notifications
  const texts = Array.from({ length: kinds }, (_, index) => notifications.at(index))
  const bodyBytes = mean(texts.map((text) => Buffer.byteLength(text)))
  const events = eventsFor(bodyBytes)
  return inFolder(async (folder) => {
    const options = (['receiver', 'consumer'] as const).map((name) =>
      bundleOptions(name, { outdir: folder, handlersEntry }),
    )
    await Promise.all(options.map(build))
    return {
      bodyBytes,
      messageBytes: mean(texts.map(messageBytes)),
      ...(await receiverRun(folder, notifications, events)),
      ...(await consumerRuns(folder, notifications, events)),
      ...(await tableCosts(notifications)),
      secretReadsAnHour: await secretReadsAnHour(),
      stack: stackResources(join(folder, 'cdk')),
    }
  })
}

/** Each kind twice: of a new resource, and of one that is known. */
async function tableCosts({ at, kinds }: Notifications) {
  const { costOf, stop } = await meteredConsumer()
  try {
    const costs: Awaited<ReturnType<typeof costOf>>[] = []
    for (let index = 0; index < 2 * kinds; index++) costs.push(await costOf(at(index)))
    const average = (of: (cost: (typeof costs)[number]) => number) => mean(costs.map(of))
    return {
      writeUnits: {
        ledger: average(({ ledger }) => ledger),
        event: average(({ event }) => event),
        index: average(({ index }) => index),
      },
      storedBytes: {
        ledger: average(({ ledgerBytes }) => ledgerBytes),
        event: average(({ eventBytes }) => eventBytes),
        index: average(({ indexBytes }) => indexBytes),
      },
    }
  } finally {
    await stop()
  }
}

/** What SQS bills: the body, and name, type and value of each attribute. */
function messageBytes(text: string): number {
  const { body, attributes } = receivedMessage(text)
  return Object.entries(attributes)
    .flatMap(([name, value]) => [name, 'String', value])
    .reduce((sum, part) => sum + Buffer.byteLength(part), Buffer.byteLength(body))
}
