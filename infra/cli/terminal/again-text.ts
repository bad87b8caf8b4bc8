import { isPending } from '../../../shared/event/outcomes.ts'
import type { HandlerRecord } from '../../../shared/ledger/ledger.ts'
import { shownMoment } from '../../operate/moments.ts'

const ordinals = [
  'first',
  'second',
  'third',
  'fourth',
  'fifth',
  'sixth',
  'seventh',
  'eighth',
  'ninth',
  'tenth',
]

/** `again at 14:05, third attempt`; undefined of a handler that will not run again. */
export function againText(
  { outcome, failures, waits, notBeforeEpochMs }: HandlerRecord,
  utc = false,
): string | undefined {
  if (!isPending(outcome) || notBeforeEpochMs === undefined) return undefined
  const attempts = failures + waits
  const attempt = ordinals[attempts] ?? `${attempts + 1}th`
  return `again at ${shownMoment(notBeforeEpochMs, utc)}, ${attempt} attempt`
}
