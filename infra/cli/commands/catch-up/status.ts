import type { Walk } from '../../../../shared/catch-up/walk-store.ts'
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
  run.out.result(walks.map(walkJson), [
    ...(walks.length === 0
      ? ['No list was walked yet.']
      : table(
          ['Account', 'List', 'Known until (UTC)', 'Last walk (UTC)', 'Calls', 'Rows', 'Found', 'State'],
          walks.map(row),
        )),
    ...(walks.some(({ kind }) => isInPart(kind))
      ? ['The lists marked with * are read only for the matters that changed: see catch-up --plan.']
      : []),
    ...walks.flatMap(({ accountId, kind, problem }) =>
      problem === undefined ? [] : [`${accountId}, ${kind}: ${problem.text}`],
    ),
  ])
}

function row({ accountId, kind, known, last, place, problem }: Walk): string[] {
  const { calls, rows, found } = place ?? last ?? { calls: 0, rows: 0, found: 0 }
  return [
    accountId,
    isInPart(kind) ? `${kind} *` : kind,
    known === undefined ? 'never' : time(ticksToEpochMs(known)),
    last === undefined ? '-' : time(last.endedEpochMs),
    String(calls),
    String(rows),
    String(found),
    problem ? 'failed' : place ? 'under way' : 'done',
  ]
}
