import { batchSizes } from './bundle-runs.ts'
import { eventsFor, type Measured } from './costs-measure.ts'
import type { Notifications } from './costs-notifications.ts'
import { deliveryEvent } from './delivery.ts'
import { inFolder, runFresh } from './fresh-process.ts'
import { itemBytes } from './item-size.ts'
import { guid } from './notifications.ts'
import { installPeer } from './peer-packages.ts'
import { startSideTables } from './side-runs.ts'
import { buildSides, type Side } from './sides.ts'
import { startStub } from './stub-aws.ts'
import { mean } from './timing.ts'

/**
 * What an event takes of the Powertools peer, measured as ours is. Its stack is taken to be ours, and its signing key to come
 * without calls. Throws `UsageError` when the peer cannot be installed.
 */
export function measurePeer(notifications: Notifications, ours: Measured): Promise<Measured> {
  installPeer()
  return inFolder(async (folder) => {
    const { peer } = await buildSides(folder)
    const { bodyBytes } = ours
    const events = eventsFor(bodyBytes)
    return {
      bodyBytes,
      // SQS bills name, type and value of the one attribute, too.
      messageBytes: bodyBytes + `RequestIdString${guid('')}`.length,
      sends: 1,
      ...(await receiverRun(peer, folder, notifications, events)),
      ...(await consumerRuns(peer, folder, notifications, events)),
      tableReads: 0,
      secretReadsAnHour: 0,
      stack: ours.stack,
    }
  })
}

/**
 * The same, if it kept what ours keeps: each event with its body as ours is stored, by one write more, and the same index of
 * what came lately. That write is taken to need as much CPU as each of the others.
 */
export function withArchive(peer: Measured, ours: Measured): Measured {
  const tableWrites = peer.tableWrites + 1
  const slower = ([size, ms]: [string, number]): [string, number] => [
    size,
    (ms * tableWrites) / peer.tableWrites,
  ]
  return {
    ...peer,
    tableWrites,
    consumerCpuMs: Object.fromEntries(Object.entries(peer.consumerCpuMs).map(slower)),
    writeUnits: {
      ledger: peer.writeUnits.ledger,
      event: peer.writeUnits.event + ours.writeUnits.event,
      index: ours.writeUnits.index,
    },
    storedBytes: {
      ledger: peer.storedBytes.ledger,
      event: peer.storedBytes.event + ours.storedBytes.event,
      index: ours.storedBytes.index,
    },
  }
}

async function receiverRun(side: Side, folder: string, { at }: Notifications, events: number) {
  const stub = await startStub()
  try {
    const deliveries = Array.from({ length: events }, (_, index) => deliveryEvent(at(index)))
    const run = await runFresh(folder, side.receiver, deliveries, { ...stub.env, ...side.env })
    return { receiverCpuMs: run.warmCpuMs, deliveryLineBytes: run.warmLogBytes }
  } finally {
    await stub.stop()
  }
}

async function consumerRuns(side: Side, folder: string, { at }: Notifications, events: number) {
  const table = await startSideTables()
  const env = { ...side.env, AWS_ENDPOINT_URL_DYNAMODB: table.endpoint }
  const stub = await startStub()
  const cpuMs: [size: number, ms: number][] = []
  let logged = 0
  let handled = 0
  try {
    for (const [round, size] of batchSizes.entries()) {
      const batches = Array.from({ length: Math.ceil(events / size) }, (_, batch) => ({
        // Each round brings other events.
        Records: Array.from({ length: size }, (_, nth) =>
          side.record(at((round + 1) * 100_000 + batch * size + nth)),
        ),
      }))
      const run = await runFresh(folder, side.consumer, batches, { ...stub.env, ...env })
      cpuMs.push([size, run.warmCpuMs / size])
      logged = run.warmLogBytes / size
      handled += batches.length * size
    }
    const isWrite = (call: string) => call === 'PutItem' || call === 'UpdateItem'
    const tableWrites = table.calls.filter(isWrite).length / handled
    return {
      consumerCpuMs: Object.fromEntries(cpuMs),
      eventLineBytes: logged,
      tableWrites,
      ...storedOf(
        (await table.itemsOfPeer()).map((item) => ({ item, bytes: itemBytes(item) })),
        tableWrites,
      ),
    }
  } finally {
    await table.stop()
    await stub.stop()
  }
}

/** One write an event is of the resource, and the others are of the event; no item is longer than a unit. */
function storedOf(
  items: readonly { item: { id?: { S?: string | undefined } }; bytes: number }[],
  tableWrites: number,
) {
  const isOfResource = ({ item }: (typeof items)[number]) => item.id?.S?.startsWith('newest|') === true
  const bytesOf = (some: typeof items) => mean(some.map(({ bytes }) => bytes))
  return {
    writeUnits: { ledger: 1, event: tableWrites - 1, index: 0 },
    storedBytes: {
      ledger: bytesOf(items.filter(isOfResource)),
      event: bytesOf(items.filter((one) => !isOfResource(one))),
      index: 0,
    },
  }
}
