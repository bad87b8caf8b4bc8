import { shownMoment } from '../../operate/moments.ts'
import type { PlannedReplay } from '../../operate/replay/plan-replay.ts'
import type { ReplayCounts } from '../../operate/replay/send-replays.ts'
import { terminal } from '../../terminal/terminal.ts'
import { lineForTerminal } from '../../terminal/terminal-text.ts'
import type { Run } from '../commands/on-deployment.ts'
import { fittedTable } from './fitted-table.ts'

const columns = [
  { heading: 'Reference' },
  { heading: 'Received' },
  { heading: 'Type', mayBeCut: true },
  { heading: 'Resource', mayBeCut: true },
  { heading: 'Would run', mayBeCut: true },
  { heading: 'Would not run, and why', mayBeCut: true },
] as const

/** What would run, and why not, an event a line. */
export function planLines(plans: readonly PlannedReplay[], utc = false): string[] {
  if (plans.length === 0) return ['No such event.']
  const rows = plans.map((plan) => cells(plan, utc).map(lineForTerminal))
  const running = plans.filter(({ runs }) => runs).length
  const sent = plans.filter(({ sends }) => sends).length
  const superseded = sent - running
  return [
    ...fittedTable(columns, rows, terminal().stdout.columns),
    `Of ${plans.length}, ${sent} would be sent${superseded > 0 ? `, of which ${superseded} would be superseded (--force runs them)` : ''}.`,
  ]
}

function cells({ event, handlers, why }: PlannedReplay, utc: boolean): string[] {
  const { reference, delivery, type, resource } = event
  const not = handlers.flatMap(({ handler, runs, why }) => (runs ? [] : [`${handler}: ${why}`]))
  return [
    reference,
    shownMoment(delivery.receivedEpochMs, utc, 'short'),
    type,
    resource.id,
    handlers.flatMap(({ handler, runs }) => (runs ? [handler] : [])).join(', ') || '-',
    [...(why === undefined ? [] : [why]), ...not].join('; '),
  ]
}

export function planJson({ event, handlers, sends, runs, why }: PlannedReplay): object {
  const { reference, eventId, type, resource } = event
  return { reference, eventId, type, resource, sends, runs, ...(why !== undefined && { why }), handlers }
}

/** What became of it, and where to see more. */
export function endLines(
  { sent, expired, 'already-replayed': before }: ReplayCounts,
  skipped: number,
  { replayId, reference, next }: { replayId: string; reference: string; next: Run['next'] },
): string[] {
  const parts = [
    `${sent} sent`,
    ...(before > 0 ? [`${before} were replayed before`] : []),
    ...(expired > 0 ? [`${expired} have expired, or their bodies have`] : []),
    ...(skipped > 0 ? [`${skipped} not, since nothing would run`] : []),
  ]
  return [
    `Replay ${replayId}: ${parts.join(', ')}.`,
    ...(reference === ''
      ? []
      : [`See what it comes to: ${next({ command: 'events show', positionals: [reference] })}`]),
  ]
}
