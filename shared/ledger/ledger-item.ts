import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Stamp } from '../event/stamps.ts'
import { parseTicks } from '../event/ticks.ts'
import { isSlot, type SeenActions, type SlotValue } from './ledger-slots.ts'

export type Item = Record<string, AttributeValue>

/** Who holds which event of the resource, and until when. */
export interface Lease {
  eventId: string
  /** Random for each claim call, so that a repeated write knows its own work. */
  owner: string
  untilEpochMs: number
  /** Claims of this event in a row whose holder did not get to its end, this one included. */
  tries: number
}

/** Writes of a handler while it handled events of one resource, in the window that began with the first of them. */
export interface CountedWrites {
  count: number
  sinceEpochMs: number
}

/** The counted writes of a resource's ledger, by handler. */
export type WritesByHandler = ReadonlyMap<string, CountedWrites>

/** A resource's ledger: one item, `sk` = `ledger`. */
export interface LedgerItem {
  seen: SeenActions
  lease: Lease
  /** Raised by each claim, at least to the clock's milliseconds; only claims change the lease, so an unchanged fence means an unchanged lease. */
  fence: number
  isFull: boolean
  writes: WritesByHandler
}

/** Attributes of counted writes: `w#` and the handler's name. */
const writesPrefix = 'w#'

export function writesAttribute(handler: string): string {
  return writesPrefix + handler
}

export function ledgerKey(resourceKey: string): Item {
  return { pk: { S: resourceKey }, sk: { S: 'ledger' } }
}

/** A resource that has no ledger yet, or none any more, has this one. */
export const noLedger: LedgerItem = {
  seen: new Map(),
  lease: { eventId: '', owner: '', untilEpochMs: 0, tries: 0 },
  fence: 0,
  isFull: false,
  writes: new Map(),
}

/** Undefined when the resource has no ledger yet. */
export function readLedgerItem(item: Item | undefined): LedgerItem | undefined {
  if (!item) return undefined
  const lease = item.lease?.M ?? {}
  return {
    seen: new Map(
      Object.entries(item)
        .filter(([attribute]) => isSlot(attribute))
        .map(([attribute, value]) => [attribute, readSlot(value)]),
    ),
    lease: {
      eventId: lease.e?.S ?? '',
      owner: lease.o?.S ?? '',
      untilEpochMs: Number(lease.u?.N ?? 0),
      tries: Number(lease.n?.N ?? 0),
    },
    fence: Number(item.fence?.N ?? 0),
    isFull: item.full?.BOOL === true,
    writes: new Map(
      Object.entries(item)
        .filter(([attribute]) => attribute.startsWith(writesPrefix))
        .map(([attribute, value]) => [attribute.slice(writesPrefix.length), readWrites(value)]),
    ),
  }
}

export function writeLease(lease: Lease): AttributeValue {
  return {
    M: {
      e: { S: lease.eventId },
      o: { S: lease.owner },
      u: { N: String(lease.untilEpochMs) },
      n: { N: String(lease.tries) },
    },
  }
}

export function writeSlot(slot: SlotValue): AttributeValue {
  return {
    M: {
      t: { N: slot.ticks.toString() },
      e: { S: slot.eventId },
      c: { N: String(slot.claimedEpochMs) },
      ...(slot.stamp && { s: writeStamp(slot.stamp) }),
    },
  }
}

/** The time is enough where there is one. */
function writeStamp({ ticks, text }: Stamp): AttributeValue {
  return ticks === undefined ? { S: text } : { N: ticks.toString() }
}

function readStamp({ N, S = '' }: AttributeValue): Stamp {
  return N === undefined ? { text: S, ticks: undefined } : { text: N, ticks: parseTicks(N) }
}

export function writeWrites({ count, sinceEpochMs }: CountedWrites): AttributeValue {
  return { M: { n: { N: String(count) }, s: { N: String(sinceEpochMs) } } }
}

function readWrites(value: AttributeValue): CountedWrites {
  return { count: Number(value.M?.n?.N ?? 0), sinceEpochMs: Number(value.M?.s?.N ?? 0) }
}

function readSlot(value: AttributeValue): SlotValue {
  const slot = value.M ?? {}
  return {
    ticks: parseTicks(slot.t?.N ?? '0'),
    eventId: slot.e?.S ?? '',
    claimedEpochMs: Number(slot.c?.N ?? 0),
    stamp: slot.s && readStamp(slot.s),
  }
}
