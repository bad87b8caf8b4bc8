import { CreateTableCommand, ScanCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import { queues } from '../../infra/settings/topology.ts'
import { deliveryEvent } from './delivery.ts'
import { runFresh } from './fresh-process.ts'
import { type Item, itemBytes } from './item-size.ts'
import { contactNotification, guid, someTicks } from './notifications.ts'
import { peerTable, type Side } from './sides.ts'
import { startStub, usualAnswer } from './stub-aws.ts'
import { startTable } from './table-engine.ts'
import { UnexpectedAnswer } from './unexpected-answer.ts'

/** Where bundles lie, and the CPU that their processes have to themselves. */
export interface Place {
  folder: string
  cpus: string | undefined
}

const deliveries = { short: 1_000, long: 60, refused: 4_000 }
const shortText = contactNotification(1024)
const longText = contactNotification(200 * 1024)
const batches = 40
const resources = 100

/** What one round measures of a receiver. Times of a delivery. Throws `UnexpectedAnswer`. */
export async function receiverSample(side: Side, { folder, cpus }: Place) {
  const stub = await startStub()
  const run = async (events: readonly unknown[], expected = 200) => {
    const report = await runFresh(folder, side.receiver, events, { ...stub.env, ...side.env }, { cpus })
    const { statusCode } = report.answer as { statusCode?: number }
    if (statusCode !== expected)
      throw new UnexpectedAnswer(`The receiver of ${side.name} answered ${statusCode}.`)
    return report
  }
  const delivered = (text: string, count: number) => Array.from({ length: count }, () => deliveryEvent(text))
  try {
    const short = await run(delivered(shortText, deliveries.short))
    const long = await run(delivered(longText, deliveries.long))
    const refused = await run(delivered(shortText, deliveries.refused).map(withWrongSignature), 401)
    return {
      receiverColdMs: short.coldMs,
      receiverMegabytes: short.peakMegabytes,
      deliveryLogBytes: short.warmLogBytes,
      shortCpuMs: short.warmCpuMs,
      longCpuMs: long.warmCpuMs,
      refusedCpuMs: refused.warmCpuMs,
    }
  } finally {
    await stub.stop()
  }
}

/** What one round measures of a consumer: with DynamoDB canned, and on an embedded table. CPU time of an event. Throws `UnexpectedAnswer`. */
export async function consumerSample(side: Side, { folder, cpus }: Place) {
  const stub = await startStub((operation, input) =>
    operation === 'GetSecretValue' ? usualAnswer(operation, input) : {},
  )
  const table = await startSideTables()
  const run = async (texts: readonly string[], env: Record<string, string>) => {
    const events = inBatches(texts.map((text) => side.record(text)))
    const report = await runFresh(
      folder,
      side.consumer,
      events,
      { ...stub.env, ...side.env, ...env },
      { cpus },
    )
    const { batchItemFailures } = report.answer as { batchItemFailures?: unknown[] }
    if (batchItemFailures?.length === 0) return report
    throw new UnexpectedAnswer(`The consumer of ${side.name} failed: ${JSON.stringify(report.answer)}.`)
  }
  const onTable = async (texts: readonly string[]) => {
    const { warmMs } = await run(texts, { AWS_ENDPOINT_URL_DYNAMODB: table.endpoint })
    return (queues.batchSize * 1000) / warmMs
  }
  try {
    const events = texts(someTicks)
    const canned = await run(events, {})
    const sentBytes = stub.bytesSent() / events.length
    return {
      consumerColdMs: canned.coldMs,
      cannedCpuMs: canned.warmCpuMs / queues.batchSize,
      consumerMegabytes: canned.peakMegabytes,
      sentBytes,
      eventLogBytes: canned.warmLogBytes / queues.batchSize,
      newPerSecond: await onTable(events),
      writes:
        table.calls.filter((call) => call === 'PutItem' || call === 'UpdateItem').length / events.length,
      largestItem: Math.max(0, ...(await table.itemsOfPeer()).map(itemBytes)),
      duplicatePerSecond: await onTable(events),
      latePerSecond: await onTable(texts(someTicks - 1_000_000n)),
    }
  } finally {
    await table.stop()
    await stub.stop()
  }
}

/** Ours, and that of the others. */
export async function startSideTables() {
  const table = await startTable({ itemOnFailure: true })
  await table.client.send(
    new CreateTableCommand({
      TableName: peerTable,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
  await waitUntilTableExists(
    { client: table.client, maxWaitTime: 10, minDelay: 0.02 },
    { TableName: peerTable },
  )
  return {
    ...table,
    /** The items of the others. */
    async itemsOfPeer(): Promise<Item[]> {
      return (await table.client.send(new ScanCommand({ TableName: peerTable }))).Items ?? []
    },
  }
}

/** Events of 1 KB: one that a process begins with, and then batches that have no two of one resource. */
function texts(since: bigint): string[] {
  return Array.from({ length: 1 + batches * queues.batchSize }, (_, nth) =>
    contactNotification(1024, { id: guid(`resource ${nth % resources}`), ticks: since + BigInt(nth) }),
  )
}

function inBatches([first, ...others]: readonly unknown[]): { Records: unknown[] }[] {
  const full = Array.from({ length: batches }, (_, batch) => ({
    Records: others.slice(batch * queues.batchSize, (batch + 1) * queues.batchSize),
  }))
  return [{ Records: [first] }, ...full]
}

/** The sender's key is another one. */
function withWrongSignature(event: unknown): unknown {
  const { headers, ...rest } = event as { headers: Record<string, string> }
  return { ...rest, headers: { ...headers, signature: '0'.repeat(64) } }
}
