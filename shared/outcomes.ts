import type { HandlerOutcome } from './ledger.ts'

/** `failed`, `timed-out` and `retry-after` are run again. */
export function isPending(outcome: HandlerOutcome): boolean {
  return outcome === 'failed' || outcome === 'timed-out' || outcome === 'retry-after'
}

export function isFailure(outcome: HandlerOutcome): boolean {
  return isPending(outcome) || isGivenUp(outcome)
}

/** No run follows, unless the event's dead letter is sent back. */
export function isGivenUp(outcome: HandlerOutcome): boolean {
  return outcome === 'permanent-failure' || outcome === 'loop-suspected' || outcome === 'gave-up'
}
