import {
  deliveryOutcomes,
  droppedByQueue,
  type EventStatus,
  eventOutcomes,
  type HandlerOutcome,
  handlerOutcomes,
  isPutOff,
  type OutcomeText,
} from '../../../../shared/event/outcomes.ts'
import type { Delivery, Row } from '../api/console-api.ts'

/** An outcome as the page shows it. */
export type OutcomeWords = Pick<OutcomeText, 'shape' | 'tone' | 'means'> & { word: string }

/** Words for what is told. A server that is newer than the page may tell of what the page has no words for. */
export const wordsOf = {
  event: (status: EventStatus) => known(eventOutcomes, status),
  /** Its status `failed` says that handlers are to be run again, also where all of them asked for it. */
  row: (row: Pick<Row, 'status' | 'handlers'>) =>
    known(eventOutcomes, wasPutOff(row) ? 'retry-after' : row.status),
  handler: (outcome: HandlerOutcome) => known(handlerOutcomes, outcome),
  delivery: (outcome: Delivery['outcome']) =>
    known({ ...deliveryOutcomes, dropped: droppedByQueue }, outcome),
}

/** Whether handlers asked to be run again, and none failed. */
function wasPutOff({ status, handlers }: Pick<Row, 'status' | 'handlers'>): boolean {
  return status === 'failed' && isPutOff(Object.values(handlers).map(({ outcome }) => outcome))
}

function known(outcomes: Readonly<Record<string, OutcomeText>>, outcome: string): OutcomeWords {
  const found = Object.hasOwn(outcomes, outcome) ? outcomes[outcome] : undefined
  const means = 'This page has no words for it. Load the page again.'
  return { word: outcome, ...(found ?? { shape: 'ring', tone: 'idle', means }) }
}
