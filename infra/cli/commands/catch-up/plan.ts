import { kindsOnlySeen, tellingLists } from '../../../../shared/catch-up/wanted-lists.ts'
import { isAboutNoResource, splitType } from '../../../../shared/event/resource-of-event.ts'
import { backgroundPace } from '../../../../shared/smokeball-api/background-turns.ts'
import { isByMatter, type TellingList } from '../../../../shared/smokeball-api/lists.ts'
import { counted } from '../../terminal/counted.ts'
import { table } from '../../terminal/output.ts'
import type { Run } from '../on-deployment.ts'
import { onlySeenLines } from './only-seen.ts'

/** Actions that a list cannot tell from any other change. */
const untold = [
  'task.completed',
  'matter.statusUpdated',
  'matter.converted',
  'matter.closed',
  'contact.restored',
]

/** Only some rows say when their resource was created. */
function isUntoldCreation(type: string): boolean {
  const { kind, action } = splitType(type)
  return action === 'created' && !tellingLists.some((list) => list.kind === kind && list.created)
}

const callsPerMinute = 60_000 / backgroundPace.spacingMs

/** Which lists are walked for these handlers, what a night costs, and what no list tells. */
export function tellPlan({ deps, out, deployment }: Run, lists: readonly TellingList[]): void {
  const kinds = new Set(lists.map(({ kind }) => kind as string))
  const others = deps.patterns.filter((pattern) => {
    const { kind } = splitType(pattern)
    return pattern !== '*' && !isAboutNoResource(kind) && !kinds.has(kind)
  })
  const notTold = deps.patterns.filter((pattern) => untold.includes(pattern) || isUntoldCreation(pattern))
  const onlySeen = kindsOnlySeen(deps.patterns, lists)
  out.result({ lists: lists.map(planJson), notFound: [...others, ...notTold], onlySeen }, [
    `A night without changes makes ${counted(lists.length, 'call')} for each firm of ${deployment.name}, at two a second: ${minutes(1_000 * lists.length)} for 1,000 firms.`,
    ...table(
      ['Kind', 'List', 'Calls'],
      lists.map((list) => [list.kind, list.path, callsOf(list)]),
    ),
    ...inPart(lists.filter(isByMatter).map(({ kind }) => kind)),
    ...(others.length > 0 ? [`No list tells of a whole firm's ${others.join(', ')}.`] : []),
    ...(notTold.length > 0
      ? [`A list tells that something was changed, and not that it was ${notTold.join(', ')}.`]
      : []),
    ...onlySeenLines(onlySeen),
  ])
}

function planJson(list: TellingList): object {
  const { kind, path } = list
  return { kind, path, calls: 1, ...(isByMatter(list) && { callsPerChangedMatter: 1 }) }
}

function inPart(kinds: readonly string[]): string[] {
  if (kinds.length === 0) return []
  return [
    `The lists of ${kinds.join(', ')} are read only for the matters that changed: 1,000 of these take ${minutes(1_000 * kinds.length)}. ` +
      'Whether what belongs to a matter changes the matter is stated nowhere, so a night does not find all; catch-up --all-matters looks at each matter.',
  ]
}

function callsOf(list: TellingList): string {
  if (isByMatter(list)) return '1, and 1 for each matter that changed'
  return list.single ? '1, and 1 for each that was missed' : '1'
}

function minutes(calls: number): string {
  return counted(Math.ceil(calls / callsPerMinute), 'minute')
}
