import type { Delivery } from '../api/delivery.ts'
import type { HandlerOutcome, Row } from '../api/row.ts'
import { deliveryOutcomes, eventOutcomes, handlerOutcomes, type OutcomeWords } from './outcome-words.ts'

/** Words for what is told. A server that is newer than the page may tell of what the page has no words for. */
export const wordsOf = {
  event: (status: Row['status']) => known(eventOutcomes, status),
  handler: (outcome: HandlerOutcome) => known(handlerOutcomes, outcome),
  delivery: (outcome: Delivery['outcome']) => known(deliveryOutcomes, outcome),
}

function known(words: Readonly<Record<string, OutcomeWords>>, outcome: string): OutcomeWords {
  const found = Object.hasOwn(words, outcome) ? words[outcome] : undefined
  const means = 'This page has no words for it. Load the page again.'
  return found ?? { word: outcome, shape: 'ring', tone: 'idle', means }
}
