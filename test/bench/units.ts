import { knownEventTypes } from '../../shared/event/payloads.generated.ts'
import { splitType } from '../../shared/event/resource-of-event.ts'
import { type Figure, portable } from './figure.ts'
import { type EventCost, meteredConsumer } from './metered-consumer.ts'
import { contactNotification, guid, notification, samples, someTicks } from './notifications.ts'
import { withOtherValues } from './other-values.ts'

/** Write units by AWS's rules: the real flow and ledger on an embedded table, each write's items weighed. */
export async function unitFigures(): Promise<Figure[]> {
  const { costOf, stop } = await meteredConsumer()
  try {
    return [
      ...(await oneKilobyte(costOf)),
      ...(await busiestLedger(costOf)),
      ...(await forgedLedger(costOf)),
      ...(await everySample(costOf)),
    ]
  } finally {
    await stop()
  }
}

type CostOf = (text: string) => Promise<EventCost>

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

function inOrder(what: string, cost: EventCost): Figure[] {
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
  const costs: EventCost[] = []
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

/** One signed header makes up as many actions as it likes: each would stay in the ledger of a resource. */
async function forgedLedger(costOf: CostOf): Promise<Figure[]> {
  const id = guid('forged')
  for (let nth = 0; nth < 70; nth++)
    await costOf(notification({ type: `matter.${`${nth}`.padEnd(256, 'x')}`, id }))
  const matters = knownEventTypes.filter((type) => splitType(type).kind === 'matter')
  const costs: EventCost[] = []
  for (const type of matters) costs.push(await costOf(notification({ type, id })))
  const last = costs.at(-1)
  if (!last) throw new Error('No event types.')
  const what = `matter after 70 actions that were made up and all ${matters.length} that are listed: ledger`
  return [portable(what, last.ledger, 2, '', `(${last.ledgerBytes} B)`)]
}

/**
 * The samples, and the same with other values: the codec of bodies was made from the samples. A contact whose every member has
 * a value, a hundred of them, does not fit one unit with values that the codec has not seen.
 */
async function everySample(costOf: CostOf): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const { type, text } of samples()) {
    figures.push(await sampleFigure(costOf, `sample ${type}`, text, 3))
    const others = withOtherValues(text)
    const limit = splitType(type).kind === 'contact' ? 4 : 3
    figures.push(await sampleFigure(costOf, `${type}, other values`, others, limit))
  }
  return figures
}

async function sampleFigure(costOf: CostOf, what: string, text: string, limit: number): Promise<Figure> {
  const { ledger, event, index, total, eventBytes, bodyBytes } = await costOf(text)
  const note = `(ledger ${ledger} + event ${event} + index ${index}; event ${eventBytes} B, body ${bodyBytes} B)`
  return portable(`${what}, ${text.length} B`, total, limit, '', note)
}

function expectOutcomes(costs: readonly EventCost[], outcomes: readonly string[]): void {
  const actual = costs.map(({ outcome }) => outcome)
  if (actual.join() !== outcomes.join()) throw new Error(`Expected ${outcomes}, got ${actual}.`)
}
