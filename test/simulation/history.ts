import type { EventType, RunScript } from './scripted-handlers.ts'

/** Two of these with the same facts are still two events: their payloads differ, and they tie. */
export interface EventPlan {
  resource: number
  type: EventType
  /** Added to a base: many are equal, or differ only in the last digit. */
  ticks: number
  own: boolean
  /** Whoever opens its message dies, before anything is claimed. */
  isBomb?: boolean
  /** When the state that its payload shows was made, as `ticks`. @default the payload does not say it */
  stamp?: number
  /** Catch-up found it. Two of these of one resource have different stamps. */
  isRecovered?: boolean
  /** An import made it, for this handler alone. */
  importedFor?: string
}

export const faultPlaces = [
  ...(['claim', 'finish', 'handler', 'read', 'dead-letter', 'start', 'visibility', 'report'] as const),
  ...(['delay', 'bring-back', 'backlog'] as const),
] as const

/** Where a fault strikes: the `nth` time that any worker gets there. */
export interface Fault {
  at: (typeof faultPlaces)[number]
  nth: number
  what: FaultKind
  /** How long a stall outlives the visibility of the worker's messages. */
  overMs: number
}

/**
 * `repeated`: the answer is lost, and the SDK sends the same again. `unanswered`: done, but reported as failed.
 * `refused`: not done, and reported as failed. `silent`: no answer until the caller's signal. `dies` and `stalls` strike
 * before or after the call's effect. `blocks`: stands still, and the platform kills it at its time limit.
 */
export const faultKinds = [
  'dies-before',
  'dies-after',
  'stalls-before',
  'stalls-after',
  'repeated',
  'unanswered',
  'refused',
  'silent',
  'blocks',
] as const
export type FaultKind = (typeof faultKinds)[number]

/** An operator's replay of one event. `copies`: a second message of it is on its way, which the queue takes for another. */
export interface ReplayPlan {
  atMs: number
  event: number
  id: string
  whom: 'failed' | 'all' | string[]
  force: boolean
  copies: 1 | 2
}

/** Everything that happens to the system from outside, and all that chance decides. */
export interface History {
  events: EventPlan[]
  deliveries: { event: number; subscription: number; afterMs: number }[]
  handlers: string[]
  /** How long runs take that no script is about. */
  paceMs: number
  /** The runs of one handler for one event, in turn; then they succeed, or go on as the last one if it is `poison`. */
  scripts: { handler: number; event: number; runs: RunScript[]; poison: boolean }[]
  faults: Fault[]
  /** Milliseconds that each message on the wire takes, over and over. */
  latencies: number[]
  /** How a delayed message comes, over and over: so much later than it was asked for, and how often. */
  delays: { lateMs: number; copies: 1 | 2 }[]
  redrives: { atMs: number; keepsCopy: boolean; keepsGroup: boolean }[]
  replays: ReplayPlan[]
  batchSize: number
  /** Whether a receipt handle still deletes when its message was received again: SQS does not promise that it does not. */
  lateHandlesDelete: boolean
  itemOnFailure: boolean
  /** Actions that the resources' ledgers know already: beyond 64, new ones share a slot. */
  knownActions: number
  /**
   * A copy of each event once all is quiet: when the queue has forgotten it, or when the table has, too. `after-all`: new events when every item
   * of the table has expired, as in a new one.
   */
  probe: 'none' | 'soon' | 'after-retention' | 'after-all'
  /** Whether bodies are kept as long as events, or go at once when their events are done with. */
  bodies: 'kept' | 'short-lived'
}
