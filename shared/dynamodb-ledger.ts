import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { countWrite } from './count-write.ts'
import { decideClaim } from './decide-claim.ts'
import { earlierRunAttributes, eventSortKey, readEarlierRun, writeEventItems } from './event-item.ts'
import type { Claim, ClaimRequest, EarlierRun, EventRecord, Ledger } from './ledger.ts'
import {
  type Item,
  type LedgerItem,
  ledgerKey,
  readLedgerItem,
  writeLease,
  writeSlot,
} from './ledger-item.ts'
import { maxSlots, sharedSlot, slotOf } from './ledger-slots.ts'
import { expiry, type Retention } from './retention.ts'

export interface LedgerDeps {
  client: Pick<DynamoDBClient, 'send'>
  tableName: string
  retention: Retention
  /** Milliseconds since 1970. */
  now(): number
  /** A new random text for each call. */
  randomId(): string
}

/** Clauses of the conditions, by what they mean. `#slot` is the action's, `#event` the fence of an event item. */
const clauses = {
  actionWasNeverSeen: 'attribute_not_exists(#slot)',
  ledgerHasRoom: 'attribute_not_exists(#full)',
  actionIsNewer: '#slot.#ticks < :ticks',
  fenceIsTheOneRead: '#fence = :fenceRead',
  eventIsNotRecorded: 'attribute_not_exists(#fence)',
  noHigherFenceIsRecorded: '#fence <= :fence',
} as const

/** How often a claim decides anew when another one came between. */
const maxRounds = 5

/**
 * The ledger in DynamoDB: `claim` is one conditional write for nearly every event, `finish` one more.
 * Table: `pk` = resource key, `sk` = `ledger` or `event#<ticks>#<event id>`.
 */
export function dynamodbLedger(deps: LedgerDeps): Ledger {
  return {
    claim: (request) => claim(deps, request),
    finish: (record, signal) => finish(deps, record, signal),
    countWrite: (write, signal) => countWrite(deps, write, signal),
  }
}

/** A claim under way. */
interface Claimant extends ClaimRequest {
  owner: string
  slot: string
}

async function claim(deps: LedgerDeps, request: ClaimRequest): Promise<Claim> {
  let claimant = { ...request, owner: deps.randomId(), slot: slotOf(request.type, request.origin) }
  let tookLeaseAs: 'retry' | 'first' | 'late' | 'crashed' = 'first'
  let previous: EarlierRun | undefined
  for (let round = 0; round < maxRounds; round++) {
    const { claimed, ledger } = await (request.replayId === undefined
      ? claimAsNewest(deps, claimant)
      : claimKnown(deps, claimant))
    if (claimed)
      return {
        kind: 'first',
        previous: undefined,
        fence: (ledger?.fence ?? 0) + 1,
        seen: ledger?.seen ?? new Map(),
        writes: ledger?.writes ?? new Map(),
      }
    if (!ledger) continue
    const isOurs = ledger.lease.owner === claimant.owner
    const { seen, writes } = ledger
    if (isOurs) return { kind: tookLeaseAs, previous, fence: ledger.fence, seen, writes }
    if (ledger.isFull && !ledger.seen.has(claimant.slot) && claimant.slot !== sharedSlot(request.origin)) {
      claimant = { ...claimant, slot: sharedSlot(request.origin) }
      continue
    }
    previous = await readEvent(deps, request)
    const decision = decideClaim(claimant, ledger, previous, deps.now(), deps.retention.eventsMs)
    if (decision.kind === 'duplicate' || decision.kind === 'busy') return decision
    tookLeaseAs = decision.kind
    if (await takeLease(deps, claimant, ledger.fence, decision.tries)) {
      return { kind: decision.kind, previous, fence: ledger.fence + 1, seen, writes }
    }
  }
  return { kind: 'busy', untilEpochMs: deps.now() + 1000 }
}

/** The write that nearly every event ends with. Returns the ledger as it was before, or as it is if the condition failed. */
async function claimAsNewest(
  deps: LedgerDeps,
  claimant: Claimant,
): Promise<{ claimed: boolean; ledger: LedgerItem | undefined }> {
  const { slot, ticks, eventId } = claimant
  const isShared = slot === sharedSlot(claimant.origin)
  const room = isShared
    ? clauses.actionWasNeverSeen
    : `(${clauses.actionWasNeverSeen} AND ${clauses.ledgerHasRoom})`
  const outcome = await updateLedger(deps, claimant, {
    tries: 1,
    set: ['#slot = :slot'],
    condition: `${room} OR ${clauses.actionIsNewer}`,
    names: { '#slot': slot, '#ticks': 't', ...(!isShared && { '#full': 'full' }) },
    values: {
      ':slot': writeSlot({ ticks, eventId, claimedEpochMs: deps.now() }),
      ':ticks': { N: ticks.toString() },
    },
  })
  const { ledger } = outcome
  if (outcome.written && ledger && ledger.seen.size >= maxSlots && !ledger.isFull)
    await markFull(deps, claimant)
  return { claimed: outcome.written, ledger }
}

/** A replay is of an event that was seen: its record decides, whatever the ledger has of its action by now. */
async function claimKnown(deps: LedgerDeps, claimant: Claimant): ReturnType<typeof claimAsNewest> {
  const ledger = readLedgerItem(await read(deps, ledgerKey(claimant.resourceKey), claimant.signal))
  return ledger ? { claimed: false, ledger } : claimAsNewest(deps, claimant)
}

async function takeLease(
  deps: LedgerDeps,
  claimant: Claimant,
  fenceRead: number,
  tries: number,
): Promise<boolean> {
  const { written } = await updateLedger(deps, claimant, {
    tries,
    set: [],
    condition: clauses.fenceIsTheOneRead,
    names: {},
    values: { ':fenceRead': { N: String(fenceRead) } },
  })
  return written
}

/** What every claiming write does: it sets the lease, counts the fence up and puts off the ledger's expiry. */
async function updateLedger(
  deps: LedgerDeps,
  claimant: Claimant,
  write: { tries: number; set: string[]; condition: string; names: Record<string, string>; values: Item },
): Promise<{ written: boolean; ledger: LedgerItem | undefined }> {
  const { resourceKey, eventId, owner, leaseUntilEpochMs: untilEpochMs, signal } = claimant
  const update = new UpdateItemCommand({
    TableName: deps.tableName,
    Key: ledgerKey(resourceKey),
    UpdateExpression: `SET ${[...write.set, '#lease = :lease', '#ttl = :ttl'].join(', ')} ADD #fence :one`,
    ConditionExpression: write.condition,
    ExpressionAttributeNames: { '#lease': 'lease', '#ttl': 'ttl', '#fence': 'fence', ...write.names },
    ExpressionAttributeValues: {
      ':lease': writeLease({ eventId, owner, untilEpochMs, tries: write.tries }),
      ':ttl': { N: String(expiry(deps.now(), deps.retention.ledgersMs)) },
      ':one': { N: '1' },
      ...write.values,
    },
    ReturnValues: 'ALL_OLD',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  })
  try {
    const { Attributes } = await deps.client.send(update, { abortSignal: signal })
    return { written: true, ledger: readLedgerItem(Attributes) }
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    // Some engines do not return the item of a failed condition.
    return {
      written: false,
      ledger: readLedgerItem(error.Item ?? (await read(deps, ledgerKey(resourceKey), signal))),
    }
  }
}

/** From now on this resource's new actions share a slot. */
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

async function finish(
  deps: LedgerDeps,
  record: EventRecord,
  signal: AbortSignal,
): Promise<'recorded' | 'outdated'> {
  const { parts, event } = writeEventItems(record, deps.now(), deps.retention.eventsMs)
  for (const part of parts) {
    await deps.client.send(new PutItemCommand({ TableName: deps.tableName, Item: part }), {
      abortSignal: signal,
    })
  }
  const put = new PutItemCommand({
    TableName: deps.tableName,
    Item: event,
    ConditionExpression: `${clauses.eventIsNotRecorded} OR ${clauses.noHigherFenceIsRecorded}`,
    ExpressionAttributeNames: { '#fence': 'fence' },
    ExpressionAttributeValues: { ':fence': { N: String(record.fence) } },
  })
  try {
    await deps.client.send(put, { abortSignal: signal })
    return 'recorded'
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 'outdated'
    throw error
  }
}

async function readEvent(deps: LedgerDeps, request: ClaimRequest): Promise<EarlierRun | undefined> {
  const key = { pk: { S: request.resourceKey }, sk: { S: eventSortKey(request) } }
  const item = await read(deps, key, request.signal, earlierRunAttributes)
  return item && readEarlierRun(item, request)
}

async function read(
  deps: LedgerDeps,
  key: Item,
  signal: AbortSignal,
  attributes?: readonly string[],
): Promise<Item | undefined> {
  const get = new GetItemCommand({
    TableName: deps.tableName,
    Key: key,
    ConsistentRead: true,
    ...(attributes && {
      ProjectionExpression: attributes.map((name) => `#${name}`).join(', '),
      ExpressionAttributeNames: Object.fromEntries(attributes.map((name) => [`#${name}`, name])),
    }),
  })
  return (await deps.client.send(get, { abortSignal: signal })).Item
}
