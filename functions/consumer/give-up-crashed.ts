import { readResourceKey } from '../../shared/event/event-identity.ts'
import { readReplay } from '../../shared/ledger/replay.ts'
import { attributeNames, readEventKey, readNote } from '../../shared/queue/message.ts'
import type { TimeLimit } from '../../shared/runtime/time-limit.ts'
import { claimApart } from './claim-apart.ts'
import { conclude } from './conclude.ts'
import { crashed, crashedRecords } from './crashed-records.ts'
import type { Opened } from './open-message.ts'
import { type ProcessDeps, type Processed, processedEvent } from './process-event.ts'
import type { ReceivedMessage } from './sqs-batch.ts'

/**
 * Gives a message up whose worker died each time, and does not open it: that may be what they died of. Which event it is, its
 * attributes tell, or nobody. Throws as `processEvent` does.
 */
export async function giveUpCrashed(
  deps: ProcessDeps,
  message: ReceivedMessage,
  limit: TimeLimit,
): Promise<Processed> {
  const opened = await unopened(deps, message, limit.signal)
  if (!opened) {
    await deps.deadLetters.send(message, { reason: crashed, resource: undefined }, limit.signal)
    return { outcome: 'dead-lettered' }
  }
  const claim = await claimApart(deps, message, opened, limit)
  const event = processedEvent(opened)
  if (claim.kind === 'busy') return { outcome: 'busy', retryAtEpochMs: claim.untilEpochMs, event }
  if (!('fence' in claim)) return { outcome: claim.kind, event }
  const given = { ...claim, kind: 'crashed' as const }
  const work = { message, opened, claim: given, origin: undefined, retryDueEpochMs: undefined, limit }
  return conclude(deps, work, crashedRecords(deps.handlers, opened, claim))
}

async function unopened(
  { ledger }: ProcessDeps,
  { attributes }: ReceivedMessage,
  signal: AbortSignal,
): Promise<Opened | undefined> {
  const key = readEventKey(attributes)
  if (!key) return undefined
  const { accountId, kind, id } = readResourceKey(key.resourceKey)
  const token = attributes[attributeNames.later]?.split(' ', 1)[0]
  const event = token === undefined ? undefined : await ledger.read(key, signal)
  return {
    text: event?.text,
    envelope: {
      ...{ ...key, type: key.type ?? event?.type ?? kind, accountId, resource: { kind, id } },
      ...{ userId: undefined, subscriptionId: undefined, source: undefined, payloadText: '' },
    },
    note: readNote(attributes),
    replay: readReplay(attributes[attributeNames.replay]),
    retry: token !== undefined && event ? { token, event } : undefined,
  }
}
