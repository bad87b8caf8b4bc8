import { randomBytes } from 'node:crypto'
import { BatchWriteItemCommand, DynamoDBClient, type QueryCommand } from '@aws-sdk/client-dynamodb'
import { startEngines } from '../../../infra/local/engines/engines.ts'
import { tableName } from '../../../infra/operate/local-account.ts'
import { parseTicks } from '../../../shared/event/ticks.ts'
import { writeEventItems } from '../../../shared/ledger/event-item.ts'
import type { EventRecord } from '../../../shared/ledger/event-record.ts'
import type { EventTableDeps } from '../../../shared/ledger/event-table.ts'
import { retentionOf } from '../../../shared/ledger/retention.ts'

export const startEpochMs = Date.UTC(2026, 6, 1)
export const kept = retentionOf({ events: 30, ledgers: 400 })

/** An event that was handled, but for what is given. */
export function eventRecord(given: Partial<EventRecord> & { receivedEpochMs?: number } = {}): EventRecord {
  const { receivedEpochMs = startEpochMs, ...others } = given
  return {
    ...{ resourceKey: 'firm-1|contact|1', ticks: parseTicks('639170696424691361'), fence: 1, attempts: 1 },
    ...{ eventId: randomBytes(16).toString('hex'), type: 'contact.updated', status: 'handled' },
    handlers: { crm: { outcome: 'handled', failures: 0, waits: 0, ms: 7 } },
    delivery: {
      ...{ requestId: 'r', sentTicks: parseTicks('639170696424691361'), receivedEpochMs },
      ...{ subscriptionId: 's', source: 'Smokeball', userId: 'u' },
    },
    text: '{"type":"contact.updated"}',
    ...others,
  }
}

/** The event table in an embedded engine, with the calls that were made to it. */
export interface EventTable extends EventTableDeps {
  queries: QueryCommand['input'][]
  write(events: readonly EventRecord[]): Promise<void>
  stop(): Promise<void>
}

export async function eventTable(): Promise<EventTable> {
  const engines = await startEngines({ consumerTimeoutMs: 1_000 })
  const client = new DynamoDBClient(engines.dynamodbConfig)
  const queries: QueryCommand['input'][] = []
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === 'QueryCommand') queries.push(args.input as QueryCommand['input'])
        return next(args)
      },
    { step: 'initialize' },
  )
  return {
    ...{ client, tableName, queries },
    write: (events) => writeEvents({ client, tableName }, events),
    async stop() {
      client.destroy()
      await engines.stop()
    },
  }
}

/** Writes them as the consumer does. */
export function eventItems(events: readonly EventRecord[]): ReturnType<typeof writeEventItems>[] {
  return events.map((record) => writeEventItems(record, startEpochMs, kept))
}

/** Many at once. */
export async function writeEvents(
  { client, tableName }: EventTableDeps,
  events: readonly EventRecord[],
): Promise<void> {
  const items = eventItems(events).flatMap(({ parts, event }) => [...parts, event])
  for (let at = 0; at < items.length; at += 25) {
    const requests = items.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }))
    await client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }))
  }
}
