/** Why a message lies in the dead-letter queue: an attribute of the message, and of its event's record. */
export type LetterKind = keyof typeof letterKinds

/**
 * What each kind means, and what comes of sending such a letter back. Filters, the console, the terminal and docs/outcomes.md
 * derive from it. The functions import the type alone.
 */
export const letterKinds = {
  'attempts-spent': {
    word: 'attempts spent',
    means: 'A handler failed as often as it may.',
    sentBack: 'Sent back, it gets all its attempts anew.',
  },
  'permanent-failure': {
    word: 'failed for good',
    means: 'A handler said that no attempt will ever succeed.',
    sentBack: 'Sent back, it is run all the same.',
  },
  crashed: {
    word: 'crashed',
    means: 'The function died each time that it handled this event, for want of memory or time as a rule.',
    sentBack: 'Sent back, it is tried again.',
  },
  'loop-suspected': {
    word: 'loop suspected',
    means: "A handler's own writes seem to come back as events.",
    sentBack: 'Sent back before they have ceased, it is parked again.',
  },
  'unconnected-account': {
    word: 'unconnected account',
    means: 'Events of connected accounts alone are taken, and its account is none.',
    sentBack:
      'If it is a firm of yours, connect it and send this back; before, it comes here again. If it is none, somebody made it up: see SECURITY.md, and drop it.',
  },
  quarantined: {
    word: 'quarantined',
    means:
      'It was signed, and accepted, but is nothing that could be handled, or claims a time after its delivery.',
    sentBack:
      'Smokeball does not sign the body: compare it with Smokeball first. Sent back, it is handled as it is if it can be read, and comes here again if it cannot. One whose time is still to come goes back only when it is named.',
  },
  unreadable: {
    word: 'unreadable',
    means: 'The consumer could not read it.',
    sentBack: 'Sent back, it comes here again, unless a newer release can read it.',
  },
  'refused-by-queue': {
    word: 'refused by its queue',
    means: 'It was put aside, since its queue failed, and later its queue refused it for what it is.',
    sentBack: 'Sent back, it is tried with another encoding of its body.',
  },
  other: {
    word: 'other',
    means:
      'It did not come to an end in the queue, and SQS moved it by itself; or somebody else sent it, or an earlier release did: see its reason.',
    sentBack: 'Sent back, it is handled as any other.',
  },
} as const satisfies Record<string, { word: string; means: string; sentBack: string }>

/** All of them, in the order in which they are told. */
export const letterKindNames = () => Object.keys(letterKinds) as LetterKind[]
