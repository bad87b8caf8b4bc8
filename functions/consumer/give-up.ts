import { type EventKey, readResourceKey } from '../../shared/event/event-identity.ts'
import type { Handler } from '../../shared/handling/handler-registry.ts'
import type { RunPlan } from '../../shared/handling/run-plan.ts'
import type { Ledger } from '../../shared/ledger/ledger.ts'
import type { StoredEvent } from '../../shared/ledger/read-event.ts'
import { readReplay } from '../../shared/ledger/replay.ts'
import type { GivenUp } from '../../shared/queue/dead-letters.ts'
import { attributeNames, readEventKey, readNote } from '../../shared/queue/message.ts'
import type { TimeLimit } from '../../shared/runtime/time-limit.ts'
import type { TurnedAway, WhyTurnedAway } from '../../shared/smokeball-api/turned-away.ts'
import { claimApart, planClaimed } from './claim-event.ts'
import { type ConcludeDeps, conclude } from './conclude.ts'
import { crashed, type Judgement, judgeCrashed, judgeGivenUp } from './judgement.ts'
import type { Opened } from './open-message.ts'
import { notHeld, type Processed, purged } from './processed.ts'
import type { ReceivedMessage } from './sqs-batch.ts'

export interface GiveUpDeps extends ConcludeDeps {
  handlers: readonly Handler[]
  ledger: Ledger
  whyTurnedAway: WhyTurnedAway
}

/** Gives a message up that cannot be read: there is no event to record. */
export async function giveUpUnread(
  { deadLetters }: GiveUpDeps,
  message: ReceivedMessage,
  why: Pick<GivenUp, 'kind' | 'reason'>,
  signal: AbortSignal,
): Promise<Processed> {
  await deadLetters.send(message, { ...why, resource: undefined }, signal)
  return { outcome: 'dead-lettered' }
}

/**
 * Gives a message up whose worker died each time, and does not open it: that may be what they died of. Which event it is, its
 * attributes tell, or nobody. Throws as `processEvent` does.
 */
export async function giveUpCrashed(
  deps: GiveUpDeps,
  message: ReceivedMessage,
  limit: TimeLimit,
): Promise<Processed> {
  const opened = await unopened(deps, message, limit.signal)
  if (!opened) return giveUpUnread(deps, message, { kind: 'crashed', reason: crashed }, limit.signal)
  if (await ofPurgedAccount(deps, message, limit.signal)) return purged(opened.envelope)
  return giveUp(deps, message, opened, limit, (plan) => judgeCrashed(plan, deps.clock.now()))
}

/** What is known of a message by its attributes alone and, for a delayed one, by its event's record. */
async function unopened(
  { ledger }: GiveUpDeps,
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
      ...key,
      type: key.type ?? event?.type ?? kind,
      accountId,
      resource: { kind, id },
      userId: undefined,
      subscriptionId: undefined,
      source: undefined,
      recovered: false,
      payloadText: '',
    },
    note: readNote(attributes),
    replay: readReplay(attributes[attributeNames.replay]),
    retry: token !== undefined && event ? { token, event } : undefined,
  }
}

/**
 * The event of a message whose account was purged; undefined if it was not, or if only the body would tell. The message is not
 * opened, since the body that it refers to may be deleted by now. Throws when the store fails.
 */
export async function ofPurgedAccount(
  { whyTurnedAway }: Pick<GiveUpDeps, 'whyTurnedAway'>,
  { attributes }: ReceivedMessage,
  signal: AbortSignal,
): Promise<EventKey | undefined> {
  const key = readEventKey(attributes)
  if (!key) return undefined
  const why = await whyTurnedAway(readResourceKey(key.resourceKey).accountId, signal)
  return why === 'purged' ? key : undefined
}

/**
 * Why an event is not to be handled. Undefined if it is, or if it was taken while its account was connected: that one goes on to
 * its end, unless the account was purged. Throws when the store fails.
 */
export async function whyNotHandled(
  { whyTurnedAway, ledger }: GiveUpDeps,
  { envelope, retry }: Opened,
  signal: AbortSignal,
): Promise<TurnedAway | undefined> {
  const why = await whyTurnedAway(envelope.accountId, signal)
  if (why === undefined || why === 'purged') return why
  if (retry) return undefined
  const event = await ledger.read(envelope, signal)
  const wasTaken = event !== undefined && !event.isUnread && !wasUnconnected(event)
  return wasTaken ? undefined : why
}

/** A record of an earlier release does not say which kind of letter its event became: then no handler's outcome tells it. */
function wasUnconnected({ status, kind, handlers }: StoredEvent): boolean {
  if (kind !== undefined) return kind === 'unconnected-account'
  return (status === 'dead-lettered' || status === 'dropped') && Object.keys(handlers).length === 0
}

/**
 * Gives an event up, unhandled, whose account is not connected. It becomes a dead letter, which can be sent back once the
 * account is connected; one of an account that was removed is only recorded, as dropped: its last events are still under way,
 * and nobody is to be woken for them. Nothing is entered in the ledger as seen. Throws as `processEvent` does.
 */
export function giveUpUnconnected(
  deps: GiveUpDeps,
  message: ReceivedMessage,
  opened: Opened,
  why: Exclude<TurnedAway, 'purged'>,
  limit: TimeLimit,
): Promise<Processed> {
  const kind = 'unconnected-account'
  const verdict =
    why === 'removed'
      ? ({ status: 'dropped', kind, reason: 'its account was removed' } as const)
      : ({ status: 'dead-lettered', kind, reason: 'its account is not connected' } as const)
  return giveUp(deps, message, opened, limit, (plan) =>
    judgeGivenUp(plan, verdict, plan.facts.previous?.handlers ?? {}, deps.clock.now()),
  )
}

async function giveUp(
  deps: GiveUpDeps,
  message: ReceivedMessage,
  opened: Opened,
  limit: TimeLimit,
  judged: (plan: RunPlan) => Judgement,
): Promise<Processed> {
  const claim = await claimApart(deps, message, opened, limit)
  if (!('fence' in claim)) return notHeld(claim, opened)
  const plan = planClaimed(deps, opened, claim)
  return conclude(deps, { message, opened, claim, plan, origin: undefined, limit }, judged(plan))
}
