import { type ProcessDeps, processEvent } from '../../functions/consumer/process-event.ts'
import { retention } from '../../infra/topology.ts'
import { systemClock } from '../../shared/clock.ts'
import { dynamodbLedger } from '../../shared/dynamodb-ledger.ts'
import { knownEventTypes } from '../../shared/payloads.generated.ts'
import { splitType } from '../../shared/resource-of-event.ts'
import { retentionOf } from '../../shared/retention.ts'
import { freshLimit, receivedMessage, twoHandlers } from './consumer-input.ts'
import { type Figure, portable, shown } from './figure.ts'
import { itemBytes } from './item-size.ts'
import { type MeteredWrite, meteredClient } from './metered-client.ts'
import { contactNotification, guid, notification, samples, someTicks } from './notifications.ts'
import { startTable, tableName } from './table-engine.ts'

/** Write units by AWS's rules: the real flow and ledger on an embedded table, each write's items weighed. */
export async function unitFigures(): Promise<Figure[]> {
  const table = await startTable()
  const metered = meteredClient(table.client)
  const deps = consumerDeps(metered.client)
  const costOf = async (text: string) => {
    metered.writes.length = 0
    const { outcome } = await processEvent(deps, receivedMessage(text), freshLimit())
    return { outcome, ...bill(metered.writes) }
  }
  try {
    return [...(await oneKilobyte(costOf)), ...(await busiestLedger(costOf)), ...(await everySample(costOf))]
  } finally {
    await table.stop()
  }
}

type Cost = Awaited<ReturnType<typeof bill>> & { outcome: string }
type CostOf = (text: string) => Promise<Cost>

async function oneKilobyte(costOf: CostOf): Promise<Figure[]> {
  const id = guid('one kilobyte')
  const text = (ticks: bigint) => contactNotification(1024, { id, ticks })
  const first = await costOf(text(someTicks))
  const next = await costOf(text(someTicks + 2n))
  const duplicate = await costOf(text(someTicks + 2n))
  const late = await costOf(text(someTicks + 1n))
  expectOutcomes([first, next, duplicate, late], ['handled', 'handled', 'duplicate', 'handled'])
  return [
    ...inOrder('1 KB body, new resource', first),
    ...inOrder('1 KB body, in order', next),
    portable('1 KB body, duplicate: all', duplicate.total, 1),
    portable('1 KB body, late: table', late.ledger + late.event, 3),
    portable('1 KB body, late: index', late.index, 1),
  ]
}

function inOrder(what: string, cost: Cost): Figure[] {
  return [
    portable(`${what}: ledger`, cost.ledger, 1, '', `(${cost.ledgerBytes} B)`),
    portable(`${what}: event`, cost.event, 1, '', `(${cost.eventBytes} B)`),
    portable(`${what}: index`, cost.index, 1),
  ]
}

/** The ledger keeps a slot an action: it must still fit one unit when a resource has seen every action of its kind. */
async function busiestLedger(costOf: CostOf): Promise<Figure[]> {
  const byKind = Object.groupBy(knownEventTypes, (type) => splitType(type).kind)
  const [kind = '', types = []] =
    Object.entries(byKind).toSorted(([, a = []], [, b = []]) => b.length - a.length)[0] ?? []
  const costs: Cost[] = []
  for (const type of types) costs.push(await costOf(notification({ type, id: guid('busy') })))
  const last = costs.at(-1)
  if (!last) throw new Error('No event types.')
  return [
    portable(
      `${kind} after all its ${types.length} actions: ledger`,
      last.ledger,
      1,
      '',
      `(${last.ledgerBytes} B)`,
    ),
  ]
}

/** Bodies over 1 KB are listed; those up to it must cost what a 1 KB body may. */
async function everySample(costOf: CostOf): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const { type, text } of samples()) {
    const { ledger, event, index, total, eventBytes } = await costOf(text)
    const what = `sample ${type}, ${text.length} B`
    const note = `(ledger ${ledger} + event ${event} + index ${index}; event ${eventBytes} B)`
    figures.push(text.length <= 1024 ? portable(what, total, 3, '', note) : shown(what, `${total}  ${note}`))
  }
  return figures
}

function bill(writes: readonly MeteredWrite[]) {
  const of = (...kinds: MeteredWrite['kind'][]) => writes.filter(({ kind }) => kinds.includes(kind))
  const units = (some: readonly MeteredWrite[]) => some.reduce((sum, write) => sum + write.units, 0)
  const bytes = (some: readonly MeteredWrite[]) =>
    Math.max(0, ...some.map(({ item }) => itemBytes(item ?? {})))
  const [ledger, event] = [of('ledger'), of('event', 'body')]
  const index = writes.reduce((sum, { indexUnits }) => sum + indexUnits, 0)
  return {
    ledger: units(ledger),
    event: units(event),
    index,
    total: units(writes) + index,
    ledgerBytes: bytes(ledger),
    eventBytes: bytes(event),
  }
}

function expectOutcomes(costs: readonly Cost[], outcomes: readonly string[]): void {
  const actual = costs.map(({ outcome }) => outcome)
  if (actual.join() !== outcomes.join()) throw new Error(`Expected ${outcomes}, got ${actual}.`)
}

function consumerDeps(client: Parameters<typeof dynamodbLedger>[0]['client']): ProcessDeps {
  return {
    handlers: twoHandlers,
    ledger: dynamodbLedger({
      client,
      tableName,
      retention: retentionOf({ events: retention.eventDays, ledgers: retention.ledgerDays }),
      now: Date.now,
      randomId: () => guid(String(Math.random())).slice(0, 13),
    }),
    deadLetters: { send: async () => undefined },
    clock: systemClock,
    random: Math.random,
    log: () => undefined,
    describe: String,
    maxAttempts: 20,
    isOwn: () => false,
  }
}
