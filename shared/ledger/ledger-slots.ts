import { partHash } from '../event/event-identity.ts'
import { knownEventTypes } from '../event/payloads.generated.ts'
import { splitType } from '../event/resource-of-event.ts'
import type { Stamp } from '../event/stamps.ts'
import type { Ticks } from '../event/ticks.ts'
import { isSubscribed, isSubscribedToAll } from '../event/type-patterns.ts'

/** Who caused an event: our own API writes (`own`), or anybody else (`foreign`). */
export type Origin = 'own' | 'foreign'

/** A slot of the ledger, and what was claimed there last. */
export interface SlotValue {
  ticks: Ticks
  eventId: string
  claimedEpochMs: number
  /** The stamp of the event's payload: which state of the resource it showed. Undefined for a payload without one. */
  stamp?: Stamp | undefined
}

/** The slots of a resource's ledger, by their attribute names. */
export type SeenActions = ReadonlyMap<string, SlotValue>

/**
 * A ledger with this many slots of actions that Smokeball does not list lets further ones share a slot: anybody with one
 * signed header can make actions up, and each would make every claim on the resource dearer for as long as ledgers are kept.
 * Listed actions always have a slot of their own.
 */
export const maxSlots = 8

/** The longest name of an action, in bytes: with a longer one, or half a character in it, it goes by its SHA-256, which is as long. */
const maxNameBytes = 64

const listedTypes: ReadonlySet<string> = new Set(knownEventTypes)

/** Whether events of this type never share a slot. */
export function isListed(type: string): boolean {
  return listedTypes.has(type)
}

/** How many actions of the kind have slots in a ledger though Smokeball does not list them. */
export function unlistedSlots(seen: SeenActions, kind: string): number {
  const named = [...seen.keys()].filter((slot) => /^[ah]#/.test(slot))
  return named.filter((slot) => !isListed(typeOf(slot, kind))).length
}

/** A slot named by a hash belongs to an action that Smokeball does not list. */
function typeOf(slot: string, kind: string): string {
  const [, , ...action] = slot.split('#')
  return action.length > 0 ? `${kind}.${action.join('#')}` : kind
}

const initial = { own: 'o', foreign: 'f' } as const

/**
 * The ledger attribute that keeps an action's newest ticks: `a#f#updated`. A type without a dot has the slot `a#f`;
 * an action over 64 bytes, or with half a character, goes by its SHA-256 under `h#f#…`.
 */
export function slotOf(type: string, origin: Origin): string {
  const { action } = splitType(type)
  if (action === undefined) return `a#${initial[origin]}`
  if (Buffer.byteLength(action) <= maxNameBytes && action.isWellFormed())
    return `a#${initial[origin]}#${action}`
  return `h#${initial[origin]}#${partHash(action)}`
}

/** Where actions go that found the ledger full. */
export function sharedSlot(origin: Origin): string {
  return `s#${initial[origin]}`
}

/** What an import showed to this handler, and to no other. Names of handlers are short: handler-registry.ts. */
export function importSlot(handler: string): string {
  return `${importPrefix}${handler}`
}

const importPrefix = 'i#'

export interface SlotName {
  origin: Origin
  /** The handler that an import was for, if one was. */
  importedFor?: string
  /** `updated`; '' of a type without a dot. Undefined: an action too long to be named, or several that share the slot. */
  action: string | undefined
}

/** What a slot's attribute says. */
export function readSlotName(attribute: string): SlotName {
  if (attribute.startsWith(importPrefix))
    return { origin: 'foreign', action: undefined, importedFor: attribute.slice(importPrefix.length) }
  const [kind, by, ...action] = attribute.split('#')
  const origin = by === initial.own ? 'own' : 'foreign'
  return { origin, action: kind === 'a' ? action.join('#') : undefined }
}

export function isSlot(attribute: string): boolean {
  return /^[ahis]#/.test(attribute)
}

/** What of a handler says which events it takes. */
interface Taker {
  readonly name: string
  readonly types: readonly string[]
  readonly own: 'skip' | 'handle'
}

/**
 * Whether an event is late for a handler: an event of the same resource with newer ticks was claimed before, of an
 * action that the handler is subscribed to and of an origin that it handles, or imported for it.
 */
export function isLateFor(handler: Taker, kind: string, ticks: Ticks, seen: SeenActions): boolean {
  const slots = origins(handler).flatMap((origin) => slotsFor(handler, kind, origin, seen))
  return [...slots, importSlot(handler.name)].some((slot) => isNewer(slot, ticks, seen))
}

/** What was shown to whoever subscribes to it, and not by an import to one handler alone. */
export function seenByAll(seen: SeenActions): SeenActions {
  return new Map([...seen].filter(([slot]) => !slot.startsWith(importPrefix)))
}

/** What came for a handler: of the actions and origins that it takes. It may have been there, or not. */
export function seenFor(handler: Taker, kind: string, seen: SeenActions): SeenActions {
  const slots = new Set(origins(handler).flatMap((origin) => slotsFor(handler, kind, origin, seen)))
  return new Map([...seen].filter(([slot]) => slots.has(slot)))
}

/**
 * Whether a state of a resource, or a later one, was seen before: in the payload of any action and origin; what was imported, only
 * one handler saw. A payload without a stamp shows what there was at its ticks. A version that tells no time is the same or another
 * one, and `ticks` stands for its time.
 */
export function wasSeen(
  { stamp, ticks }: { stamp?: Stamp | undefined; ticks: Ticks },
  seen: SeenActions,
): boolean {
  const isUntimed = stamp !== undefined && stamp.ticks === undefined
  const stateTicks = stamp?.ticks ?? ticks
  return [...seen].some(([name, slot]) => {
    if (name.startsWith(importPrefix)) return false
    const isSame = isUntimed && slot.stamp?.text === stamp.text
    return isSame || (slot.stamp?.ticks ?? slot.ticks) >= stateTicks
  })
}

function origins(handler: Taker): Origin[] {
  return handler.own === 'handle' ? ['foreign', 'own'] : ['foreign']
}

function slotsFor(handler: Taker, kind: string, origin: Origin, seen: SeenActions): string[] {
  if (isSubscribedToAll(handler, kind)) {
    const ofOrigin = new RegExp(`^[ahs]#${initial[origin]}(#|$)`)
    // `contact.*` takes every action, and not the type `contact`, which has none.
    const skipped = isSubscribed(handler, kind) ? undefined : slotOf(kind, origin)
    return [...seen.keys()].filter((slot) => ofOrigin.test(slot) && slot !== skipped)
  }
  return handler.types
    .filter((type) => splitType(type).kind === kind)
    .map((type) => {
      const slot = slotOf(type, origin)
      return seen.has(slot) || isListed(type) ? slot : sharedSlot(origin)
    })
}

function isNewer(slot: string, ticks: Ticks, seen: SeenActions): boolean {
  const value = seen.get(slot)
  return value !== undefined && value.ticks > ticks
}
