import { type DropOutcome, dropEvent } from '../../../shared/ledger/drop-event.ts'
import { callTime } from './call-time.ts'
import type { DeadLetter } from './dead-letter.ts'
import type { DeadLettersDeps } from './dead-letters-deps.ts'
import { dropReason } from './drop-reason.ts'
import { takeDeadLetters } from './take-dead-letters.ts'

interface DropLetters {
  which(letter: DeadLetter): boolean
  /** 1 to 500 characters, apart from white space around them. */
  reason: string
  /** `no-event`: the reason is kept nowhere, since there is no event to keep it with. */
  onDropped?(letter: DeadLetter, recorded: DropOutcome): void
}

/**
 * Records why with each event, and then deletes its letter. Killed at any point, it can be run again. A letter whose event
 * went on without it is deleted, and the event stays as it is. Throws `UsageError` without a reason.
 */
export async function dropDeadLetters(
  deps: DeadLettersDeps,
  { which, reason, onDropped = () => {} }: DropLetters,
  signal: AbortSignal,
): Promise<{ dropped: number; kept: number; elsewhere: number }> {
  const checked = dropReason(reason)
  const outcomes = new Map<string, DropOutcome>()
  const { taken, kept, elsewhere } = await takeDeadLetters(
    deps,
    {
      which,
      async before(letter) {
        outcomes.set(letter.id, await record(deps, letter, checked))
      },
      onTaken: (letter) => onDropped(letter, outcomes.get(letter.id) ?? 'no-event'),
    },
    signal,
  )
  return { dropped: taken, kept, elsewhere }
}

async function record(
  { dynamodb, tableName, clock }: DeadLettersDeps,
  { event, fence, movedBySqs, reason: before }: DeadLetter,
  reason: string,
): Promise<DropOutcome> {
  if (!event) return 'no-event'
  const { resourceKey, ticks, eventId } = event
  return dropEvent(
    { client: dynamodb, tableName },
    { ...{ resourceKey, ticks, eventId, fence, movedBySqs, before, reason }, atEpochMs: clock.now() },
    callTime(),
  )
}
