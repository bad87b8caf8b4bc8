import type { History } from './history.ts'

/** How a handler's run goes: after `ms` it ends so. What ends by itself at the time limit is `heed`; `hang` goes on. */
export interface RunScript {
  ms: number
  end: 'succeed' | 'fail' | 'retry-after' | 'permanent-failure' | 'exit' | 'hang' | 'heed'
}

/** What a handler of the simulation declares, and, for the invariants, which types that means, said without any pattern. */
export interface HandlerPlan {
  name: string
  patterns: string[]
  types: readonly EventType[]
  order: 'latest' | 'every'
  own: 'skip' | 'handle'
}

export const eventTypes = [
  'contact.created',
  'contact.updated',
  'contact.deleted',
  'contact.merged',
  'contact',
  'matter.updated',
  'error',
] as const
export type EventType = (typeof eventTypes)[number]

/** Smokeball does not list these: in a full ledger they share a slot. */
export const unlistedTypes: readonly EventType[] = ['contact', 'contact.merged']

const ofContacts: EventType[] = ['contact.created', 'contact.updated', 'contact.deleted', 'contact.merged']

export const handlerPlans: readonly HandlerPlan[] = [
  { name: 'sync', patterns: ['contact.*'], types: ofContacts, order: 'latest', own: 'skip' },
  {
    name: 'created',
    patterns: ['contact.created'],
    types: ['contact.created'],
    order: 'latest',
    own: 'skip',
  },
  { name: 'audit', patterns: ['contact.*'], types: ofContacts, order: 'every', own: 'skip' },
  { name: 'mirror', patterns: ['contact.*'], types: ofContacts, order: 'latest', own: 'handle' },
  {
    name: 'changes',
    patterns: ['contact.updated', 'contact.deleted', 'contact.merged', 'contact'],
    types: ['contact.updated', 'contact.deleted', 'contact.merged', 'contact'],
    order: 'latest',
    own: 'skip',
  },
  { name: 'errors', patterns: ['error'], types: ['error'], order: 'latest', own: 'skip' },
  { name: 'journal', patterns: ['*'], types: eventTypes, order: 'every', own: 'handle' },
]

/** `error` is about no resource: nothing is late for it, and it is never skipped as one's own. */
export function isAlone(type: EventType): boolean {
  return type === 'error'
}

export function wants(
  plan: HandlerPlan,
  event: { type: EventType; own: boolean; importedFor?: string },
): boolean {
  if (!isFor(plan, event)) return false
  return plan.types.includes(event.type) && (!event.own || plan.own === 'handle' || isAlone(event.type))
}

/** What an import made is for one handler. */
export function isFor({ name }: HandlerPlan, { importedFor }: { importedFor?: string }): boolean {
  return importedFor === undefined || importedFor === name
}

/** Whether what the handler is not subscribed to may make an event late for it: where both share a slot. */
export function mayShareSlot(
  { knownActions }: Pick<History, 'knownActions'>,
  { patterns, types }: HandlerPlan,
): boolean {
  return knownActions > 0 && !patterns.includes('*') && types.some((type) => unlistedTypes.includes(type))
}

/** Whether some run for the event, or already its opening, ends the process. */
export function isKiller({ scripts }: History, event: { index: number; isBomb?: boolean }): boolean {
  if (event.isBomb) return true
  return scripts.some(
    (script) => script.event === event.index && script.runs.some(({ end }) => end === 'exit'),
  )
}
