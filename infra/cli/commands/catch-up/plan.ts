import { isAboutNoResource, splitType } from '../../../../shared/event/resource-of-event.ts'
import type { ChangeList } from '../../../../shared/smokeball-api/lists.ts'
import { table } from '../../terminal/output.ts'
import type { Run } from '../on-deployment.ts'

/** Actions that a list cannot tell from any other change. */
const untold = [
  'task.completed',
  'matter.statusUpdated',
  'matter.converted',
  'matter.closed',
  'contact.restored',
]

function isOfCreation(type: string): boolean {
  return splitType(type).action === 'created'
}

/** Which lists are walked for these handlers, what a night without changes costs, and what no list tells. */
export function tellPlan({ deps, out, deployment }: Run, lists: readonly ChangeList[]): void {
  const kinds = new Set(lists.map(({ kind }) => kind as string))
  const others = deps.patterns.filter((pattern) => {
    const { kind } = splitType(pattern)
    return pattern !== '*' && !isAboutNoResource(kind) && !kinds.has(kind)
  })
  const notTold = deps.patterns.filter((pattern) => untold.includes(pattern) || isOfCreation(pattern))
  out.result(
    { lists: lists.map(({ kind, path }) => ({ kind, path, calls: 1 })), notFound: [...others, ...notTold] },
    [
      `A night without changes makes ${lists.length} calls for each firm of ${deployment.name}, at two a second:`,
      ...table(
        ['Kind', 'List', 'Calls'],
        lists.map(({ kind, path, single }) => [
          kind,
          path,
          single ? '1, and 1 for each that was missed' : '1',
        ]),
      ),
      ...(others.length > 0 ? [`No list tells of a whole firm's ${others.join(', ')}.`] : []),
      ...(notTold.length > 0
        ? [`A list tells that something was changed, and not that it was ${notTold.join(', ')}.`]
        : []),
    ],
  )
}
