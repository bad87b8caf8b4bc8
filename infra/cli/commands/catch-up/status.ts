import type { Walk } from '../../../../shared/catch-up/walk-item.ts'
import { wantedLists } from '../../../../shared/catch-up/wanted-lists.ts'
import { ticksToEpochMs } from '../../../../shared/event/ticks.ts'
import { walksOf } from '../../../operate/catch-up.ts'
import { callLimit } from '../../../operate/deployment.ts'
import { isInPart, walkJson } from '../../../operate/walks.ts'
import { terminal } from '../../../terminal/terminal.ts'
import { table, time } from '../../terminal/output.ts'
import type { Run } from '../on-deployment.ts'

/** How far each walk of a deployment has come. */
export async function tellStatus(run: Run): Promise<void> {
  const walks = await walksOf(run.deployment, terminal().clock).list(callLimit().signal)
  const wanted = new Set<string>(wantedLists(run.deps.patterns).map(({ kind }) => kind))
  const isTaken = ({ kind }: Walk) => wanted.has(kind)
  const json = (walk: Walk) => ({ ...walkJson(walk), ...(!isTaken(walk) && { noHandler: true }) })
  run.out.result(walks.map(json), [
    ...(walks.length === 0
      ? ['No list was walked yet.']
      : table(
          ['Account', 'List', 'Known until (UTC)', 'Last walk (UTC)', 'Calls', 'Rows', 'Found', 'State'],
          walks.map((walk) => [...cells(walk), isTaken(walk) ? stateOf(walk) : 'no handler takes it']),
        )),
    ...(walks.some(({ kind }) => isInPart(kind))
      ? ['The lists marked with * are read only for the matters that changed: see catch-up --plan.']
      : []),
    ...walks.flatMap(({ accountId, kind, problem }) =>
      problem === undefined ? [] : [`${accountId}, ${kind}: ${problem.text}`],
    ),
  ])
}

function cells({ accountId, kind, known, last, place }: Walk): string[] {
  const { calls, rows, found } = place ?? last ?? { calls: 0, rows: 0, found: 0 }
  return [
    accountId,
    isInPart(kind) ? `${kind} *` : kind,
    known === undefined ? 'never' : time(ticksToEpochMs(known)),
    last === undefined ? '-' : time(last.endedEpochMs),
    String(calls),
    String(rows),
    String(found),
  ]
}

function stateOf({ place, problem }: Walk): string {
  return problem ? 'failed' : place ? 'under way' : 'done'
}
