/** What became of an event for one handler. `failed` and `timed-out` are run again while attempts are left; `gave-up` is not. */
export type HandlerOutcome =
  | 'handled'
  | 'superseded'
  | 'own'
  | 'failed'
  | 'retry-after'
  | 'timed-out'
  | 'permanent-failure'
  | 'loop-suspected'
  | 'gave-up'

/**
 * `failed` is not finished: some handler will run again. `dead-lettered` is, until somebody redrives or replays it.
 * `dropped`: somebody deleted its dead letter, and said why.
 */
export type EventStatus =
  | 'handled'
  | 'superseded'
  | 'own'
  | 'unhandled'
  | 'failed'
  | 'dead-lettered'
  | 'dropped'

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

/** Why an event is not handled whose account is not connected. Both begin alike. */
export const unconnected = {
  unknown: 'unconnected account: connect it and send this letter back, or drop it',
  removed: 'unconnected account: it was removed',
} as const

/** Whether it was given up because its account was not connected, before any handler saw it. */
export function wasUnconnected({ status, reason = '' }: { status: EventStatus; reason?: string }): boolean {
  const isGivenUp = status === 'dead-lettered' || status === 'dropped'
  // Whoever drops the letter says why, before this.
  return isGivenUp && /^(dropped: .*; before: )?unconnected account: /s.test(reason)
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
