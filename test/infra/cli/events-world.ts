import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { TestContext } from 'vitest'
import { region, tableName } from '../../../infra/operate/local-account.ts'
import type { EventRecord } from '../../../shared/ledger/event-record.ts'
import { writeEvents } from '../../shared/ledger/event-table.ts'
import { connectedWorld, type World } from './deployed-world.ts'

export interface EventsWorld extends World {
  /** Writes what the consumer would. */
  write(...events: EventRecord[]): Promise<void>
}

/** A connected deployment with events in its table. */
export async function eventsWorld(
  context: Pick<TestContext, 'onTestFinished'>,
  events: readonly EventRecord[] = [],
): Promise<EventsWorld> {
  const world = await connectedWorld(context)
  const { credentials, env } = world
  const client = new DynamoDBClient({ region, credentials, endpoint: String(env.AWS_ENDPOINT_URL_DYNAMODB) })
  context.onTestFinished(() => client.destroy())
  await writeEvents({ client, tableName }, events)
  return { ...world, write: (...more) => writeEvents({ client, tableName }, more) }
}
