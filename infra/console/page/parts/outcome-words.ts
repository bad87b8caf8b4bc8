import type { Delivery } from '../api/delivery.ts'
import type { HandlerOutcome, Row } from '../api/row.ts'

export type ShapeName = 'circle' | 'ring' | 'diamond' | 'triangle' | 'square' | 'cross' | 'dashed' | 'bar'

export interface OutcomeWords {
  word: string
  shape: ShapeName
  tone: 'good' | 'skipped' | 'own' | 'idle' | 'bad' | 'dead' | 'quiet'
  /** For somebody who sees the word for the first time. */
  means: string
}

const skipped = { word: 'superseded', shape: 'diamond', tone: 'skipped' } as const
const own = { word: 'own', shape: 'triangle', tone: 'own' } as const
const failed = { word: 'failed', shape: 'square', tone: 'bad' } as const

/** What becomes of an event. */
export const eventOutcomes: Record<Row['status'], OutcomeWords> = {
  handled: {
    word: 'handled',
    shape: 'circle',
    tone: 'good',
    means: 'Every handler that wanted it has run, and none failed.',
  },
  superseded: {
    ...skipped,
    means:
      'It came late: a newer event of the same resource was handled before. Handlers that only take the newest state skip it, so that nothing old overwrites something new.',
  },
  own: {
    ...own,
    means: 'An echo of your own API write. Handlers skip it, so that your writes do not come back as work.',
  },
  unhandled: {
    ...{ word: 'unhandled', shape: 'ring', tone: 'idle' },
    means:
      'It is recorded, but no handler is subscribed to its type. A handler that is added later gets all that it was never run for by: npm run webhooks -- replay --outcome unhandled --handler NAME',
  },
  failed: {
    ...failed,
    means: 'A handler failed. It is run again by itself after a while; handlers that succeeded are not.',
  },
  'dead-lettered': {
    ...{ word: 'dead-lettered', shape: 'cross', tone: 'dead' },
    means:
      'A handler failed for good, or too often. It lies in the dead-letter queue until you redrive or drop it.',
  },
  dropped: {
    ...{ word: 'dropped', shape: 'bar', tone: 'quiet' },
    means:
      'It lay in the dead-letter queue, and an operator dropped it, with a reason; or it is one of the last events of an account that was removed.',
  },
}

/** What becomes of an event for one handler. */
export const handlerOutcomes: Record<HandlerOutcome, OutcomeWords> = {
  handled: { word: 'handled', shape: 'circle', tone: 'good', means: 'It ran, and succeeded.' },
  superseded: {
    ...skipped,
    means:
      'Skipped: a newer event of this resource was handled before, and this handler only takes the newest.',
  },
  own: { ...own, means: 'Skipped: it is an echo of your own API write.' },
  failed: { ...failed, means: 'It threw an error. It is run again by itself after a while.' },
  'retry-after': {
    word: 'retry later',
    shape: 'ring',
    tone: 'idle',
    means: 'It asked to be run again later.',
  },
  'timed-out': {
    ...failed,
    word: 'timed out',
    means: 'It did not end within the time limit. It is run again by itself.',
  },
  'permanent-failure': {
    word: 'failed for good',
    shape: 'cross',
    tone: 'dead',
    means: 'It said that running it again would not help.',
  },
  'loop-suspected': {
    word: 'loop suspected',
    shape: 'cross',
    tone: 'dead',
    means: 'It made so many API writes for this resource that a loop is suspected.',
  },
  'gave-up': {
    word: 'gave up',
    shape: 'cross',
    tone: 'dead',
    means: 'It failed as often as it may. It is run again only if you redrive or replay the event.',
  },
}

/** What becomes of a delivery, before it is an event of the table. */
export const deliveryOutcomes: Record<Delivery['outcome'], OutcomeWords> = {
  accepted: {
    word: 'waiting',
    shape: 'dashed',
    tone: 'idle',
    means: 'Accepted: it lies in the queue until the handlers get to it.',
  },
  dropped: {
    ...{ word: 'duplicate', shape: 'dashed', tone: 'quiet' },
    means: 'The same event once more: the queue had it already, and dropped this copy. No handler saw it.',
  },
  refused: {
    word: 'refused',
    shape: 'bar',
    tone: 'bad',
    means: 'Answered 401: its signature is missing, wrong or too old. Nothing of it was kept.',
  },
  quarantined: {
    word: 'quarantined',
    shape: 'cross',
    tone: 'dead',
    means: 'Signed rightly, but not a notification that can be handled: put into the dead-letter queue.',
  },
  'too-large': {
    word: 'too large',
    shape: 'bar',
    tone: 'bad',
    means: 'Answered 413: no queue takes a body of this size.',
  },
  unavailable: {
    word: 'not taken',
    shape: 'bar',
    tone: 'bad',
    means: 'Answered 503: it could not be checked or queued. Whoever sent it should send it again.',
  },
}
