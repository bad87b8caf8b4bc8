import { ticksToEpochMs } from '../../../shared/event/ticks.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import type { ResourceState } from '../../../shared/ledger/resource-state.ts'
import { isoOf, shownMoment } from '../moments.ts'

type Seen = ResourceState['seen'][number]

/** What the ledger says of a resource, in sentences: of each action that was seen, and of what goes on. */
export interface StateWords {
  seen: string[]
  rest: string[]
}

export const seenHeading = 'The newest of its events that was seen:'

/** `events`: those that are shown beside the words. */
export function stateWords(
  { seen, lease, fence: newestFence, writes }: ResourceState,
  events: readonly EventRow[],
  { utc, nowEpochMs }: { utc: boolean | undefined; nowEpochMs: number },
): StateWords {
  const at = (epochMs: number) => shownMoment(epochMs, utc)
  const holderIsThrough = events.some(
    ({ eventId, fence }) => eventId === lease.eventId && fence >= newestFence,
  )
  const isHeld = lease.untilEpochMs > nowEpochMs && !holderIsThrough
  const tries = lease.tries > 1 ? ` (try ${lease.tries})` : ''
  return {
    seen: seen.map((each) => `${actionText(each)}: ${at(ticksToEpochMs(each.ticks))}, ${each.eventId}`),
    rest: [
      isHeld
        ? `An invocation works on ${lease.eventId}${tries}, until ${at(lease.untilEpochMs)} at most.`
        : 'No invocation works on it.',
      ...writes.map(
        ({ handler, count, sinceEpochMs }) =>
          `While handling it, ${handler} made ${count} API writes from ${at(sinceEpochMs)} on.`,
      ),
    ],
  }
}

function actionText({ action, origin, importedFor }: Seen): string {
  if (importedFor !== undefined) return `imported for ${importedFor}`
  const name = action === undefined ? 'other actions' : action || '(no action)'
  return origin === 'own' ? `${name}, by your own writes` : name
}

/** The same for `--json` and the console. */
export function stateJson({ seen, lease, fence: newestFence, writes }: ResourceState): object {
  return {
    fence: newestFence,
    seen: seen.map(({ origin, action, importedFor, ticks, eventId, claimedEpochMs }) => ({
      origin,
      action: action ?? null,
      ...(importedFor !== undefined && { importedFor }),
      happened: isoOf(ticksToEpochMs(ticks)),
      ticks: ticks.toString(),
      eventId,
      claimed: isoOf(claimedEpochMs),
    })),
    lease: { eventId: lease.eventId, until: isoOf(lease.untilEpochMs), tries: lease.tries },
    writes: writes.map(({ handler, count, sinceEpochMs }) => ({
      handler,
      count,
      since: isoOf(sinceEpochMs),
    })),
  }
}
