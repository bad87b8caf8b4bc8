import type { Delivery } from '../api/delivery.ts'
import type { HandlerOutcome, Row } from '../api/row.ts'
import { deliveryOutcomes, eventOutcomes, handlerOutcomes, type OutcomeWords } from './outcome-words.ts'

/** Words for what is told. A server that is newer than the page may tell of what the page has no words for. */
export const wordsOf = {
  event: (status: Row['status']) => known(eventOutcomes, status),
  /** Its status `failed` says that handlers are to be run again, also where all of them asked for it. */
  row: (row: Pick<Row, 'status' | 'handlers'>) => (isPutOff(row) ? putOff : known(eventOutcomes, row.status)),
  handler: (outcome: HandlerOutcome) => known(handlerOutcomes, outcome),
  delivery: (outcome: Delivery['outcome']) => known(deliveryOutcomes, outcome),
}

const putOff: OutcomeWords = {
  ...handlerOutcomes['retry-after'],
  means: 'A handler asked to be run again later. None failed.',
}

/** Whether handlers asked to be run again, and none failed. */
export function isPutOff({ status, handlers }: Pick<Row, 'status' | 'handlers'>): boolean {
  const outcomes = Object.values(handlers).map(({ outcome }) => outcome)
  const others = outcomes.filter((outcome) => !['handled', 'superseded', 'own'].includes(outcome))
  return status === 'failed' && others.length > 0 && others.every((outcome) => outcome === 'retry-after')
}

function known(words: Readonly<Record<string, OutcomeWords>>, outcome: string): OutcomeWords {
  const found = Object.hasOwn(words, outcome) ? words[outcome] : undefined
  const means = 'This page has no words for it. Load the page again.'
  return found ?? { word: outcome, shape: 'ring', tone: 'idle', means }
}
