import { checkEnd, checkProbe } from './check-end.ts'
import { deliver } from './deliver.ts'
import type { EventPlan } from './history.ts'
import { notificationOf } from './notifications.ts'
import { runOn } from './run-on.ts'
import { sendReplay } from './send-replays.ts'
import { retention } from './simulated-worker.ts'
import type { DeliveredEvent } from './witness.ts'
import type { World } from './world.ts'

/** A copy of each event that has come to its end must change nothing, and another message of each replay neither. */
export async function probe(world: World): Promise<void> {
  const { history, time, dynamodb, witness, wire } = world
  const dead = world.deadLettered()
  const events = [...witness.acknowledged.values()].filter(({ eventId }) => !dead.has(eventId))
  if (history.probe === 'after-all') return history.knownActions > 0 ? undefined : probeAfterAll(world)
  const isLong = history.probe === 'after-retention'
  const atEpochMs = time.now() + (isLong ? retention.eventsMs + 86_400_000 : 400_000)
  const probed = isLong ? events.filter((event) => isNewestOfItsSlot(world, event)) : events
  const [runsBefore, callsBefore] = [witness.runs.length, witness.calls.length]
  time.schedule(atEpochMs, () => {
    if (isLong) dynamodb.expire(time.now(), () => wire.latencyMs() > 0)
    for (const { index } of probed) deliver(world, index, 0)
    if (isLong) return
    for (const replay of witness.replays)
      if (probed.includes(replay.event)) sendReplay(world, replay, 'probe')
  })
  if (!(await runOn(world))) return
  checkProbe(world, probed, runsBefore, callsBefore)
  if (!isLong || witness.violations.length > 0) return
  // What comes now for the first time is as good as any other.
  for (const index of history.events.keys()) deliver(world, index, 0, 'new')
  if (await runOn(world)) checkEnd(world)
}

/** Only of those does the ledger still know when their own item is over. */
function isNewestOfItsSlot({ witness, history }: World, event: DeliveredEvent): boolean {
  const others = [...witness.acknowledged.values()].filter(
    ({ eventId, resourceKey, type, own, importedFor }) =>
      eventId !== event.eventId &&
      resourceKey === event.resourceKey &&
      type === event.type &&
      own === event.own &&
      importedFor === event.importedFor,
  )
  return history.knownActions === 0 && others.every(({ ticks }) => ticks < event.ticks)
}

/** Whatever the table has forgotten, the fences that handlers saw do not begin anew. */
async function probeAfterAll(world: World): Promise<void> {
  const { history, time, dynamodb, witness } = world
  const runsBefore = witness.runs.length
  time.schedule(time.now() + retention.ledgersMs + 86_400_000, () => {
    dynamodb.expire(time.now())
    for (const [index, plan] of history.events.entries()) deliverNew(world, plan, index)
  })
  if (!(await runOn(world))) return
  for (const run of witness.runs.slice(runsBefore)) {
    const before = witness.runs
      .slice(0, runsBefore)
      .filter(({ event }) => event.resourceKey === run.event.resourceKey)
    if (before.some(({ fence }) => fence >= run.fence))
      witness.violations.push(`(13) the fence begins anew: event ${run.event.eventId}`)
  }
}

/** An event like this one, and newer than all. */
function deliverNew(world: World, plan: EventPlan, index: number): void {
  const stamp = plan.stamp === undefined ? {} : { stamp: plan.stamp + 100 }
  const later = { ...plan, ...stamp, ticks: plan.ticks + 100, isBomb: false }
  const { event, message } = notificationOf(later, index + 100, 0)
  world.know(event, message.body)
  world.witness.acknowledged.set(event.eventId, event)
  world.queue.send(message)
}
