/**
 * The one vocabulary of what becomes of deliveries, events and handlers' runs. Answers, log lines, metrics, filters, the
 * console, the terminal and docs/outcomes.md derive from it: a new outcome stands here, and in the code that decides it. The
 * functions import lists and conditions alone, so that no sentence is in their bundles.
 */

/** How an outcome is told. */
export interface OutcomeText {
  /** What people read, where it is not the name. */
  word?: string
  /** What it means, in sentences for somebody who sees the word for the first time. */
  means: string
  /** Its class of colour. */
  tone: 'good' | 'skipped' | 'own' | 'idle' | 'bad' | 'dead' | 'quiet'
  /** Its mark, which tells it apart without colours. */
  shape: 'circle' | 'ring' | 'diamond' | 'triangle' | 'square' | 'cross' | 'dashed' | 'bar'
  /** Nothing more becomes of it by itself. */
  isFinal: boolean
  /** What is to be done about it; absent where nothing is. */
  todo?: string
}

/** What a delivery comes to: `delivery` of its line. */
export type DeliveryOutcome = keyof typeof deliveryOutcomes
/** Why a delivery was refused: `why` of its line. */
export type RefusalReason = keyof typeof refusalReasons
/** Why a delivery could not be taken: `why` of its line. */
export type UnavailableReason = keyof typeof unavailableReasons
/** What a message comes to in the consumer: `event` of its line. */
export type EventOutcome = keyof typeof eventOutcomes
/** What an event's record says of it. */
export type EventStatus = {
  [O in EventOutcome]: (typeof eventOutcomes)[O] extends { isStatus: true } ? O : never
}[EventOutcome]
/** What became of an event for one handler. */
export type HandlerOutcome = keyof typeof handlerOutcomes
/** What a look at a firm's subscription comes to: `subscription` of its line. */
export type SubscriptionOutcome = keyof typeof subscriptionOutcomes

/** Status and text of the answer to a delivery. */
export const answers: Readonly<Record<DeliveryOutcome, readonly [status: number, message: string]>> = {
  accepted: [200, 'Accepted'],
  quarantined: [200, 'Accepted'],
  refused: [401, 'Unauthorized'],
  'put-aside': [200, 'Accepted'],
  unavailable: [503, 'Service Unavailable'],
}

export const deliveryOutcomes = {
  accepted: {
    word: 'waiting',
    means: 'Accepted: it lies in the queue until the handlers get to it.',
    tone: 'idle',
    shape: 'dashed',
    isFinal: false,
  },
  quarantined: {
    means:
      'Signed rightly, but not a notification that can be handled: no JSON, or no envelope, or nested deeper than 100 levels, or dated more than 10 seconds after its delivery. It was put into the dead-letter queue.',
    tone: 'dead',
    shape: 'cross',
    isFinal: true,
    todo: 'Look at it in the dead-letter queue, and drop it.',
  },
  refused: {
    means:
      'Answered 401: its signature is missing, wrong or too old, and the log says which. Nothing of it was kept.',
    tone: 'bad',
    shape: 'bar',
    isFinal: true,
  },
  'put-aside': {
    word: 'put aside',
    means:
      'Accepted, though its queue did not take it: the event table has it, and it is brought into the queue within five minutes, late perhaps.',
    tone: 'idle',
    shape: 'dashed',
    isFinal: false,
  },
  unavailable: {
    word: 'not taken',
    means:
      'Answered 503: it could not be checked, or neither queue nor table took it. Whoever sent it should send it again.',
    tone: 'bad',
    shape: 'bar',
    isFinal: true,
    todo: 'Look at what the log says of the receiver, and fetch from Smokeball what changed.',
  },
} as const satisfies Record<string, OutcomeText>

/** The checks of a delivery, in their order, and what each refuses it for. */
export const refusalReasons = {
  'missing-header': 'A header that the signature needs is not there.',
  'bad-timestamp': '`Timestamp` is no number of ticks.',
  'too-old': "`Timestamp` lies further before the receiver's clock than `toleranceMs` allows.",
  'too-new': "`Timestamp` lies further after the receiver's clock than `toleranceMs` allows.",
  'bad-signature':
    'No signing key gives this signature: the subscription has another key, the client id is wrong, or somebody is guessing. `doctor` says which.',
} as const

/** What failed when a delivery could not be taken. The line before it in the log has the error. */
export const unavailableReasons = {
  secret: 'The secret with the signing keys could not be read, so the signature could not be checked.',
  queue: 'Neither the queue nor the event table took it.',
  fault: 'The receiver itself failed, and the fault is in its code.',
} as const

/** An accepted delivery that the queue drops, which only the local run can tell. */
export const droppedByQueue: OutcomeText = {
  word: 'duplicate',
  means: 'The same event once more: the queue had it already, and dropped this copy. No handler saw it.',
  tone: 'quiet',
  shape: 'dashed',
  isFinal: true,
}

export const eventOutcomes = {
  handled: {
    isStatus: true,
    means: 'Every handler that wanted it has run, and none failed.',
    tone: 'good',
    shape: 'circle',
    isFinal: true,
  },
  superseded: {
    isStatus: true,
    means:
      'It came late: a newer event of the same resource was handled before. Handlers that only take the newest state skip it, so that nothing old overwrites something new.',
    tone: 'skipped',
    shape: 'diamond',
    isFinal: true,
  },
  own: {
    isStatus: true,
    means: 'An echo of your own API write. Handlers skip it, so that your writes do not come back as work.',
    tone: 'own',
    shape: 'triangle',
    isFinal: true,
  },
  unhandled: {
    isStatus: true,
    means:
      'It is recorded, but no handler is subscribed to its type. A handler that is added later can be given all that it was never run for, by a replay.',
    tone: 'idle',
    shape: 'ring',
    isFinal: true,
  },
  failed: {
    isStatus: true,
    means: 'A handler failed. It is run again by itself after a while; handlers that succeeded are not.',
    tone: 'bad',
    shape: 'square',
    isFinal: false,
  },
  'retry-after': {
    word: 'retry later',
    means: 'A handler asked to be run again later. None failed, although the record says so.',
    tone: 'idle',
    shape: 'ring',
    isFinal: false,
  },
  'dead-lettered': {
    isStatus: true,
    means:
      'A handler failed for good, or too often. It lies in the dead-letter queue until you redrive or drop it.',
    tone: 'dead',
    shape: 'cross',
    isFinal: true,
    todo: 'Look why, mend it, and redrive it; or drop it.',
  },
  dropped: {
    isStatus: true,
    means:
      'It lay in the dead-letter queue, and an operator dropped it, with a reason; or it is one of the last events of an account that was removed.',
    tone: 'quiet',
    shape: 'bar',
    isFinal: true,
  },
  purged: {
    means: 'It is of an account that was purged: it was deleted, and nothing of it was recorded.',
    tone: 'quiet',
    shape: 'bar',
    isFinal: true,
  },
  duplicate: {
    means: 'Another copy of it was handled before, or is finished.',
    tone: 'quiet',
    shape: 'dashed',
    isFinal: true,
  },
  seen: {
    means:
      'Catch-up found it, and handed it over; by then a delivery had shown a state of the resource that is as new. No handler saw it.',
    tone: 'quiet',
    shape: 'dashed',
    isFinal: true,
  },
  waiting: {
    means: 'A copy of an event whose handlers are to be run again: that run takes care of it.',
    tone: 'idle',
    shape: 'dashed',
    isFinal: false,
  },
  expired: {
    means: 'Its handlers were to be run again, and the table has it no more.',
    tone: 'bad',
    shape: 'bar',
    isFinal: true,
    todo: 'Fetch from Smokeball what changed, and find out why it took so long.',
  },
  busy: {
    means: 'Another invocation has it in hand. Its message comes again.',
    tone: 'idle',
    shape: 'dashed',
    isFinal: false,
  },
  outdated: {
    means: 'This worker took so long that another has taken the event over, whose outcome counts.',
    tone: 'quiet',
    shape: 'dashed',
    isFinal: false,
  },
  error: {
    means: 'DynamoDB, SQS or a secret failed, and nothing was decided. Its message comes again.',
    tone: 'bad',
    shape: 'square',
    isFinal: false,
  },
} as const satisfies Record<string, OutcomeText & { isStatus?: true }>

export const handlerOutcomes = {
  handled: { means: 'It ran, and succeeded.', tone: 'good', shape: 'circle', isFinal: true },
  superseded: {
    means:
      'Skipped: a newer event of this resource was handled before, and this handler only takes the newest.',
    tone: 'skipped',
    shape: 'diamond',
    isFinal: true,
  },
  own: {
    means: 'Skipped: it is an echo of your own API write.',
    tone: 'own',
    shape: 'triangle',
    isFinal: true,
  },
  failed: {
    means: 'It threw an error. It is run again by itself after a while.',
    tone: 'bad',
    shape: 'square',
    isFinal: false,
  },
  'retry-after': {
    word: 'retry later',
    means: 'It asked to be run again later.',
    tone: 'idle',
    shape: 'ring',
    isFinal: false,
  },
  'timed-out': {
    word: 'timed out',
    means: 'It did not end within the time limit. It is run again by itself.',
    tone: 'bad',
    shape: 'square',
    isFinal: false,
  },
  'permanent-failure': {
    word: 'failed for good',
    means: 'It said that running it again would not help.',
    tone: 'dead',
    shape: 'cross',
    isFinal: true,
    todo: 'Mend what it complains of, and redrive or replay the event.',
  },
  'loop-suspected': {
    word: 'loop suspected',
    means: 'It made so many API writes for this resource that a loop is suspected.',
    tone: 'dead',
    shape: 'cross',
    isFinal: true,
    todo: 'Find what answers its writes, and redrive the event once the loop is cut.',
  },
  'gave-up': {
    word: 'gave up',
    means: 'It failed as often as it may. It is run again only if you redrive or replay the event.',
    tone: 'dead',
    shape: 'cross',
    isFinal: true,
    todo: 'Mend it, and redrive or replay the event.',
  },
} as const satisfies Record<string, OutcomeText>

export const subscriptionOutcomes = {
  unchanged: { means: 'It is as it should be.', tone: 'quiet', shape: 'dashed', isFinal: true },
  created: { means: 'It was made.', tone: 'good', shape: 'circle', isFinal: true },
  updated: {
    means: 'Other types, another key or another URL were wanted, and it has them now.',
    tone: 'good',
    shape: 'circle',
    isFinal: true,
  },
  repaired: {
    means: 'It was missing, or somebody else had altered it, and it was put right.',
    tone: 'good',
    shape: 'square',
    isFinal: true,
    todo: 'Fetch from Smokeball what that firm changed meanwhile.',
  },
  failed: {
    means: 'It could not be looked at, or not be put right.',
    tone: 'bad',
    shape: 'square',
    isFinal: false,
    todo: 'See what doctor says of the firm.',
  },
} as const satisfies Record<string, OutcomeText>

/** Their names, in the order in which they are told. */
export const namesOf = <O extends string>(outcomes: Readonly<Record<O, OutcomeText>>): O[] =>
  Object.keys(outcomes) as O[]

/** Whether it is told in the colours of trouble. */
export function isTrouble({ tone }: Pick<OutcomeText, 'tone'>): boolean {
  return tone === 'bad' || tone === 'dead'
}

/** What a record can say of its event, in the order in which it is told. */
export const eventStatuses = (): EventStatus[] =>
  namesOf(eventOutcomes).filter((outcome): outcome is EventStatus => 'isStatus' in eventOutcomes[outcome])

/** `failed`, `timed-out` and `retry-after` are run again. */
export function isPending(outcome: HandlerOutcome): boolean {
  return outcome === 'failed' || outcome === 'timed-out' || outcome === 'retry-after'
}

export function isFailure(outcome: HandlerOutcome): boolean {
  return isPending(outcome) || isGivenUp(outcome)
}

/** No run follows, unless the event's dead letter is sent back, or the event is replayed. */
export function isGivenUp(outcome: HandlerOutcome): boolean {
  return outcome === 'permanent-failure' || outcome === 'loop-suspected' || outcome === 'gave-up'
}

/** Whether a handler asked to be run again, and none failed. */
export function isPutOff(outcomes: readonly (HandlerOutcome | undefined)[]): boolean {
  const failures = outcomes.filter((outcome) => outcome && isFailure(outcome))
  return failures.length > 0 && failures.every((outcome) => outcome === 'retry-after')
}

/** What became of an event, as far as its record tells. */
export interface RunOutcomes {
  status: EventStatus
  handlers: Record<string, { outcome: HandlerOutcome; own?: true; late?: true }>
}

/** An API write of ours had caused it: a handler skipped it for that, or took it all the same. */
export function wasOwn(run: RunOutcomes): boolean {
  return (
    run.status === 'own' || Object.values(run.handlers).some(({ outcome, own }) => own || outcome === 'own')
  )
}

/** A newer event had been seen: a handler skipped it for that, or took it all the same. */
export function wasLate(run: RunOutcomes): boolean {
  return (
    run.status === 'superseded' ||
    Object.values(run.handlers).some(({ outcome, late }) => late || outcome === 'superseded')
  )
}
