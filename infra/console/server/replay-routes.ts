import { Hono } from 'hono'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import type { Replay } from '../../../shared/ledger/replay.ts'
import { callLimit, eventTableOf } from '../../operate/deployment.ts'
import type { PlannedReplay } from '../../operate/replay/plan-replay.ts'
import type { SentReplay } from '../../operate/replay/send-replays.ts'
import type { ConsoleDeps } from './console-deps.ts'
import type { ConsoleEnv } from './console-env.ts'
import { soughtEvent } from './event-routes.ts'
import { checkedBody, Refused, textsOf, truth } from './read-body.ts'

/** Use the command line for more events: it shows its progress. */
const mostEvents = 100
const mostHandlers = 100

/** Puts events back through the queue, or tells what that would do. */
export function replayRoutes({ deployment, replays, live }: ConsoleDeps) {
  const table = eventTableOf(deployment)
  return new Hono<ConsoleEnv>().post(
    '/replay',
    checkedBody(['references', 'handlers', 'force', 'dryRun'], replayOf),
    async (c) => {
      const { references, dryRun, ...how } = c.req.valid('json')
      // All events are found before the first is sent.
      const found: EventRow[] = []
      for (const reference of references) found.push(await soughtEvent(table, reference))
      const events = [...new Map(found.map((event) => [event.eventId, event])).values()].sort(byTicks)
      const replayId = dryRun ? null : replays.newId()
      const told: ReplayJson[] = []
      for (const event of events) told.push(await replayOne(event, how, replayId))
      return c.json({ replayId, events: told })
    },
  )

  async function replayOne(event: EventRow, how: Omit<Replay, 'id'>, id: string | null): Promise<ReplayJson> {
    const { signal } = callLimit()
    const planned = await replays.plan(event, how, signal)
    if (id === null || !planned.sends) return plannedJson(planned)
    live.expect(event.reference)
    return { ...plannedJson(planned), result: await replays.send(event, { ...how, id }, signal) }
  }
}

/** The events go in the order in which they happened, so that the older event of a resource goes first. */
function byTicks(a: EventRow, b: EventRow): number {
  return a.ticks < b.ticks ? -1 : 1
}

type ReplayJson = ReturnType<typeof plannedJson> & { result?: SentReplay }

function plannedJson({ event, handlers, sends, runs, why }: PlannedReplay) {
  return { reference: event.reference, sends, runs, ...(why !== undefined && { why }), handlers }
}

/** Throws `Refused`. */
function replayOf({ references, handlers, force, dryRun }: Record<string, unknown>) {
  return {
    references: textsOf('references', references, { most: mostEvents, maxChars: 60 }),
    handlers: handlersOf(handlers),
    force: truth('force', force),
    dryRun: truth('dryRun', dryRun),
  }
}

/** Throws `Refused`. */
function handlersOf(value: unknown): Replay['handlers'] {
  if (value === 'failed' || value === 'all') return value
  const names = textsOf('handlers', value, { most: mostHandlers, maxChars: 64 })
  if (names.every((name) => /^[\w.-]+$/.test(name))) return names
  throw new Refused(400, '`handlers` holds what is no name of a handler.')
}
