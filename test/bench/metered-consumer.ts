import { type ProcessDeps, processEvent } from '../../functions/consumer/process-event.ts'
import { defaults } from '../../infra/settings/settings-schema.ts'
import { dynamodbLedger } from '../../shared/ledger/dynamodb-ledger.ts'
import { retentionOf } from '../../shared/ledger/retention.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { withoutLater } from '../without-later.ts'
import { withoutSmokeball } from '../without-smokeball.ts'
import { freshLimit, receivedMessage, twoHandlers } from './consumer-input.ts'
import { feedEntry, itemBytes } from './item-size.ts'
import { type MeteredWrite, meteredClient } from './metered-client.ts'
import { guid } from './notifications.ts'
import { startTable, tableName } from './table-engine.ts'

export type EventCost = Awaited<ReturnType<typeof bill>> & { outcome: string }

/** The real flow and ledger on an embedded table; `costOf` handles an event and bills its writes by AWS's rules. */
export async function meteredConsumer() {
  const table = await startTable()
  const metered = meteredClient(table.client)
  const deps = consumerDeps(metered.client)
  return {
    async costOf(text: string): Promise<EventCost> {
      metered.writes.length = 0
      const { outcome } = await processEvent(deps, receivedMessage(text), freshLimit())
      return { outcome, ...bill(metered.writes) }
    },
    stop: () => table.stop(),
  }
}

/** Write units of table and index, and the bytes of the items that they leave; a long body is several. */
function bill(writes: readonly MeteredWrite[]) {
  const of = (...kinds: MeteredWrite['kind'][]) => writes.filter(({ kind }) => kinds.includes(kind))
  const units = (some: readonly MeteredWrite[]) => some.reduce((sum, write) => sum + write.units, 0)
  const bytes = (some: readonly MeteredWrite[]) =>
    some.reduce((sum, { item }) => sum + itemBytes(item ?? {}), 0)
  const [ledger, event] = [of('ledger'), of('event', 'body')]
  const index = writes.reduce((sum, { indexUnits }) => sum + indexUnits, 0)
  return {
    ledger: units(ledger),
    event: units(event),
    index,
    total: units(writes) + index,
    ledgerBytes: Math.max(0, ...ledger.map(({ item }) => itemBytes(item ?? {}))),
    eventBytes: bytes(event),
    bodyBytes: event.reduce((sum, { item }) => sum + (item?.body?.B?.length ?? 0), 0),
    indexBytes: event.reduce((sum, { item }) => sum + itemBytes(feedEntry(item) ?? {}), 0),
  }
}

function consumerDeps(client: Parameters<typeof dynamodbLedger>[0]['client']): ProcessDeps {
  return {
    handlers: twoHandlers,
    ledger: dynamodbLedger({
      client,
      tableName,
      retention: retentionOf({ events: defaults.eventRetentionDays, ledgers: defaults.ledgerRetentionDays }),
      now: Date.now,
      randomId: () => guid(String(Math.random())).slice(0, 13),
    }),
    deadLetters: { send: async () => undefined },
    clock: systemClock,
    random: Math.random,
    log: () => undefined,
    describe: String,
    maxAttempts: 20,
    ...withoutSmokeball,
    ...withoutLater,
    readSecrets: async () => new Map(),
    whyTurnedAway: async () => undefined,
    isOwn: async () => false,
  }
}
