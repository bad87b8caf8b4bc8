import type { HangingHandlers } from '../../shared/handling/hanging-handlers.ts'
import type { QueueMessage } from '../../shared/queue/message.ts'
import type { Wire } from './faulty-wire.ts'
import type { History } from './history.ts'
import type { HandlerPlan } from './scripted-handlers.ts'
import type { SimulatedDynamodb } from './simulated-dynamodb.ts'
import type { SimulatedQueue } from './simulated-queue.ts'
import type { SimulatedTime } from './simulated-time.ts'
import type { SimulatedWorker } from './simulated-worker.ts'
import type { DeliveredEvent, Witness } from './witness.ts'

/** All that a history runs in. */
export interface World {
  history: History
  time: SimulatedTime
  wire: Wire
  dynamodb: SimulatedDynamodb
  queue: SimulatedQueue
  deadLetterQueue: SimulatedQueue
  delayQueue: SimulatedQueue
  plans: readonly HandlerPlan[]
  witness: Witness
  hanging: HangingHandlers
  /** How many messages were delayed so far. */
  delayed: number
  /** The worker that outlives its visibility, if there was one. */
  outliving: SimulatedWorker | undefined
  /** Lets only one worker of a history do so. */
  mayOutlive(worker: SimulatedWorker): boolean
  /** A new text each time, the same ones whenever the history runs. */
  randomId(): string
  know(event: DeliveredEvent, text: string): void
  /** By an event id's first 12 digits, or all of it. */
  eventById(id: string): DeliveredEvent
  /** By a notification's text. */
  eventByText(text: string): DeliveredEvent
  /** Which event a message is of: a delayed one has no text. */
  eventOf(message: QueueMessage): DeliveredEvent
  /** Ids of the events that have a dead letter. */
  deadLettered(): Set<string>
  note(...what: unknown[]): void
  /** The simulation itself went wrong. */
  fail(error: unknown): void
}
