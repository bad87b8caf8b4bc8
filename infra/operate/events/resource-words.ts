import { ticksToEpochMs } from '../../../shared/event/ticks.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import type { ResourceState } from '../../../shared/ledger/resource-state.ts'
import { lineForTerminal } from '../../terminal/terminal-text.ts'
import { isoOf, shownMoment } from '../moments.ts'

type Seen = ResourceState['seen'][number]

/** What the ledger says, in words. `events`: those that are told beside it. */
export function stateLines(
  { seen, lease, fence: newestFence, writes }: ResourceState,
  events: readonly EventRow[],
  { utc, nowEpochMs }: { utc: boolean | undefined; nowEpochMs: number },
): string[] {
  const at = (epochMs: number) => shownMoment(epochMs, utc)
  const holderIsThrough = events.some(
    ({ eventId, fence }) => eventId === lease.eventId && fence >= newestFence,
  )
  const isHeld = lease.untilEpochMs > nowEpochMs && !holderIsThrough
  const tries = lease.tries > 1 ? ` (try ${lease.tries})` : ''
  return [
    'The newest of its events that was seen:',
    ...seen.map(
      (each) => `  ${actionText(each)}: ${at(ticksToEpochMs(each.ticks))}, ${lineForTerminal(each.eventId)}`,
    ),
    isHeld
      ? `An invocation is at ${lineForTerminal(lease.eventId)}${tries}, until ${at(lease.untilEpochMs)} at most.`
      : 'No invocation is at it.',
    ...writes.map(
      ({ handler, count, sinceEpochMs }) =>
        `While handling it, ${lineForTerminal(handler)} made ${count} API writes from ${at(sinceEpochMs)} on.`,
    ),
    '',
  ]
}

function actionText({ action, origin }: Seen): string {
  const name =
    action === undefined ? 'other actions' : action === '' ? '(no action)' : lineForTerminal(action)
  return origin === 'own' ? `${name}, by your own writes` : name
}

export function stateJson({ seen, lease, fence: newestFence, writes }: ResourceState): object {
  return {
    fence: newestFence,
    seen: seen.map(({ origin, action, ticks, eventId, claimedEpochMs }) => ({
      ...{ origin, action: action ?? null, happened: isoOf(ticksToEpochMs(ticks)), ticks: ticks.toString() },
      ...{ eventId, claimed: isoOf(claimedEpochMs) },
    })),
    lease: { eventId: lease.eventId, until: isoOf(lease.untilEpochMs), tries: lease.tries },
    writes: writes.map(({ handler, count, sinceEpochMs }) => ({
      handler,
      count,
      since: isoOf(sinceEpochMs),
    })),
  }
}
