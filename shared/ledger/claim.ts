import {
  type AttributeValue,
  ConditionalCheckFailedException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { splitType } from '../event/resource-of-event.ts'
import { decideClaim } from './decide-claim.ts'
import type { EarlierRun } from './event-record.ts'
import { type EventTableDeps, getItem, readLedger } from './event-table.ts'
import type { Claim, ClaimRequest } from './ledger.ts'
import {
  type Item,
  type LedgerItem,
  ledgerKey,
  noLedger,
  readLedgerItem,
  writeLease,
  writeSlot,
} from './ledger-item.ts'
import { importSlot, isListed, maxSlots, sharedSlot, slotOf, unlistedSlots, wasSeen } from './ledger-slots.ts'
import { readRun } from './read-event.ts'
import { expiry, type Retention } from './retention.ts'

export interface LedgerDeps extends EventTableDeps {
  retention: Retention
  /** Milliseconds since 1970. */
  now(): number
  /** A new random text for each call. */
  randomId(): string
}

/**
 * Clauses of the conditions, by what they mean. `#slot` is the action's, `fence` the ledger's. `>=` is false where one side is not
 * there (https://github.com/ExtendDB/extenddb/pull/5 has DynamoDB's answers), so each clause with `NOT` holds for a first event, too.
 * dynalite takes 280 µs to parse a condition that says the same with brackets, and 23 µs for this one.
 */
const clauses = {
  actionIsNewer: 'NOT #slot.#ticks >= :ticks',
  slotHasRoom: '(attribute_exists(#slot) OR attribute_not_exists(#full))',
  fenceIsBehindTheClock: 'NOT fence >= :fence',
  fenceIsTheOneRead: 'fence = :fenceRead',
  fenceWasNeverSet: 'attribute_not_exists(fence)',
} as const

/** How often a claim decides anew when another one came between. */
const maxRounds = 5

/** A claim under way. */
interface Claimant extends ClaimRequest {
  owner: string
  slot: string
}

export async function claim(deps: LedgerDeps, request: ClaimRequest): Promise<Claim> {
  const { type, origin, importedFor } = request
  const slot = importedFor === undefined ? slotOf(type, origin) : importSlot(importedFor)
  let claimant = { ...request, owner: deps.randomId(), slot }
  let tookLeaseAs: 'retry' | 'first' | 'late' | 'crashed' = request.recorded ? 'retry' : 'first'
  let previous: EarlierRun | undefined = request.recorded
  let read: LedgerItem | undefined
  for (let round = 0; round < maxRounds; round++) {
    const { fence, ledger } = await tryClaim(deps, claimant, read)
    const { seen, writes } = ledger
    if (fence !== undefined) return { kind: tookLeaseAs, previous, fence, seen, writes }
    const isOurs = ledger.lease.owner === claimant.owner
    if (isOurs) return { kind: tookLeaseAs, previous, fence: ledger.fence, seen, writes }
    if (ledger.isFull && !seen.has(claimant.slot) && needsRoom(claimant)) {
      claimant = { ...claimant, slot: sharedSlot(request.origin) }
      continue
    }
    if (claimant.as === 'recovered' && isSeen(claimant, ledger)) return { kind: 'seen' }
    // Only the fence was in the way: of a claim in the same millisecond, or of a clock that is ahead of this one.
    read = ledger
    if (mayBeNewest(claimant) && isNewest(claimant, ledger)) continue
    previous = await readRun(deps, request, request.signal)
    const decision = decideClaim(claimant, ledger, previous, deps.now(), deps.retention.eventsMs)
    if (!('tries' in decision)) return decision
    tookLeaseAs = decision.kind
    const taken = await takeLease(deps, claimant, ledger, decision.tries)
    if (taken !== undefined) return { kind: decision.kind, previous, fence: taken, seen, writes }
  }
  return { kind: 'busy', untilEpochMs: deps.now() + 1000 }
}

/** What a claiming write came to: its fence, or undefined when its condition failed; and the ledger as it was before, or is. */
interface Tried {
  fence: number | undefined
  ledger: LedgerItem
}

function mayBeNewest({ as }: Claimant): boolean {
  return as === 'newest' || as === 'recovered'
}

/** Whether a state as new as that of a recovered event was seen before, in any event but this one. */
function isSeen(claimant: Claimant, { seen }: LedgerItem): boolean {
  const { slot, eventId, ticks } = claimant
  const known = seen.get(slot)
  const slotNamesThis = known?.eventId === eventId && known.ticks === ticks
  return !slotNamesThis && wasSeen(claimant, seen)
}

/** Whether the event would be the newest of its slot, by a ledger that was read. */
function isNewest(claimant: Claimant, { seen, isFull }: LedgerItem): boolean {
  const newest = seen.get(claimant.slot)
  return newest ? newest.ticks < claimant.ticks : !isFull || !needsRoom(claimant)
}

/** Only a slot that anybody could make up is refused by a full ledger. */
function needsRoom({ slot, type, origin }: Claimant): boolean {
  return slot !== sharedSlot(origin) && !isListed(type)
}

async function tryClaim(deps: LedgerDeps, claimant: Claimant, read: LedgerItem | undefined): Promise<Tried> {
  if (claimant.as === 'newest') return claimAsNewest(deps, claimant, read)
  const { resourceKey, signal } = claimant
  const ledger = await readLedger(deps, resourceKey, signal)
  // A replay may outlive its ledger, and is as good as any delivery then.
  const isNew = claimant.as === 'recovered' || claimant.replayId !== undefined
  if (!ledger)
    return isNew ? claimAsNewest(deps, claimant, undefined) : { fence: undefined, ledger: noLedger }
  // By that ledger alone: what is claimed meanwhile may show a newer state.
  const isUnseen = claimant.as === 'recovered' && !isSeen(claimant, ledger) && isNewest(claimant, ledger)
  return isUnseen ? claimAsNewest(deps, claimant, ledger) : { fence: undefined, ledger }
}

/** The write that nearly every event ends with. `read`: the ledger, once its fence was in the way. */
async function claimAsNewest(
  deps: LedgerDeps,
  claimant: Claimant,
  read: LedgerItem | undefined,
): Promise<Tried> {
  const { slot, ticks, type } = claimant
  const mayFindNone = needsRoom(claimant)
  const tried = await updateLedger(deps, claimant, {
    tries: 1,
    fenceRead: read?.fence,
    set: ['#slot = :slot'],
    conditions: [clauses.actionIsNewer, ...(mayFindNone ? [clauses.slotHasRoom] : [])],
    names: { '#slot': slot, '#ticks': 't', ...(mayFindNone && { '#full': 'full' }) },
    values: {
      ':slot': slotFor(deps, claimant),
      ':ticks': { N: ticks.toString() },
    },
  })
  const { fence, ledger } = tried
  const isCrowded = unlistedSlots(ledger.seen, splitType(type).kind) >= maxSlots
  if (fence !== undefined && isCrowded && !ledger.isFull) await markFull(deps, claimant)
  return tried
}

async function takeLease(
  deps: LedgerDeps,
  claimant: Claimant,
  ledger: LedgerItem,
  tries: number,
): Promise<number | undefined> {
  // One that was not entered when it was seen first, since nobody could tell its origin: no copy may be new any more.
  const enters = claimant.as === 'known' && isNewest(claimant, ledger)
  const taken = await updateLedger(deps, claimant, {
    tries,
    fenceRead: ledger.fence,
    conditions: [],
    set: enters ? ['#slot = :slot'] : [],
    names: enters ? { '#slot': claimant.slot } : {},
    values: enters ? { ':slot': slotFor(deps, claimant) } : {},
  })
  return taken.fence
}

function slotFor({ now }: LedgerDeps, { ticks, eventId, stamp }: Claimant): AttributeValue {
  return writeSlot({ ticks, eventId, claimedEpochMs: now(), stamp })
}

interface ClaimingWrite {
  tries: number
  /** The write is for a ledger that still has this fence; undefined: for one whose fence is behind the clock. */
  fenceRead: number | undefined
  set: string[]
  conditions: string[]
  names: Record<string, string>
  values: Item
}

/** What every claiming write does: it sets the lease, raises the fence and puts off the ledger's expiry. */
async function updateLedger(deps: LedgerDeps, claimant: Claimant, write: ClaimingWrite): Promise<Tried> {
  const { resourceKey, eventId, owner, leaseUntilEpochMs: untilEpochMs, signal } = claimant
  const nowEpochMs = deps.now()
  const { fenceRead } = write
  const fence = Math.max(nowEpochMs, (fenceRead ?? 0) + 1)
  const update = new UpdateItemCommand({
    TableName: deps.tableName,
    Key: ledgerKey(resourceKey),
    UpdateExpression: `SET ${[...write.set, 'lease = :lease', '#ttl = :ttl', 'fence = :fence'].join(', ')}`,
    ConditionExpression: [...write.conditions, fenceClause(fenceRead)].join(' AND '),
    ExpressionAttributeNames: { '#ttl': 'ttl', ...write.names },
    ExpressionAttributeValues: {
      ':lease': writeLease({ eventId, owner, untilEpochMs, tries: write.tries }),
      ':ttl': { N: String(expiry(nowEpochMs, deps.retention.ledgersMs)) },
      ':fence': { N: String(fence) },
      ...(fenceRead && { ':fenceRead': { N: String(fenceRead) } }),
      ...write.values,
    },
    ReturnValues: 'ALL_OLD',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  })
  try {
    const { Attributes } = await deps.client.send(update, { abortSignal: signal })
    return { fence, ledger: readLedgerItem(Attributes) ?? noLedger }
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    // Some engines do not return the item of a failed condition.
    const item = error.Item ?? (await getItem(deps, ledgerKey(resourceKey), signal))
    return { fence: undefined, ledger: readLedgerItem(item) ?? noLedger }
  }
}

/** A ledger may be there without a fence: where a handler wrote for a resource of which no event was claimed. */
function fenceClause(fenceRead: number | undefined): string {
  if (fenceRead === undefined) return clauses.fenceIsBehindTheClock
  return fenceRead === 0 ? clauses.fenceWasNeverSet : clauses.fenceIsTheOneRead
}

/** From now on this resource's new actions share a slot, unless they are listed. */
async function markFull(deps: LedgerDeps, { resourceKey, signal }: Claimant): Promise<void> {
  const update = new UpdateItemCommand({
    TableName: deps.tableName,
    Key: ledgerKey(resourceKey),
    UpdateExpression: 'SET #full = :true',
    ExpressionAttributeNames: { '#full': 'full' },
    ExpressionAttributeValues: { ':true': { BOOL: true } },
  })
  await deps.client.send(update, { abortSignal: signal })
}
