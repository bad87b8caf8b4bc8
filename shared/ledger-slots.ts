import { createHash } from 'node:crypto'
import { encodePart } from './event-identity.ts'
import { isSubscribed, isSubscribedToAll, type Subscription } from './handler-registry.ts'
import { splitType } from './resource-of-event.ts'
import type { Ticks } from './ticks.ts'

/** Who caused an event: our own API writes (`own`), or anybody else (`foreign`). */
export type Origin = 'own' | 'foreign'

/** A slot of the ledger, and what was claimed there last. */
export interface SlotValue {
  ticks: Ticks
  eventId: string
  claimedEpochMs: number
}

/** The slots of a resource's ledger, by their attribute names. */
export type SeenActions = ReadonlyMap<string, SlotValue>

/** A ledger with this many slots lets further actions share one, so that it cannot grow without end. */
export const maxSlots = 64

const initial = { own: 'o', foreign: 'f' } as const

/**
 * The ledger attribute that keeps an action's newest ticks: `a#f#updated`. A type without a dot has the slot `a#f`;
 * an action over 256 bytes, or with half a character, goes by its SHA-256 under `h#f#…`.
 */
export function slotOf(type: string, origin: Origin): string {
  const { action } = splitType(type)
  if (action === undefined) return `a#${initial[origin]}`
  if (Buffer.byteLength(action) <= 256 && action.isWellFormed()) return `a#${initial[origin]}#${action}`
  return `h#${initial[origin]}#${createHash('sha256').update(encodePart(action)).digest('hex')}`
}

/** Where actions go that found the ledger full. */
export function sharedSlot(origin: Origin): string {
  return `s#${initial[origin]}`
}

export interface SlotName {
  origin: Origin
  /** `updated`; '' of a type without a dot. Undefined: an action too long to be named, or several that share the slot. */
  action: string | undefined
}

/** What a slot's attribute says. */
export function readSlotName(attribute: string): SlotName {
  const [kind, by, ...action] = attribute.split('#')
  const origin = by === initial.own ? 'own' : 'foreign'
  return { origin, action: kind === 'a' ? action.join('#') : undefined }
}

export function isSlot(attribute: string): boolean {
  return /^[ahs]#/.test(attribute)
}

/**
 * Whether an event is late for a handler: an event of the same resource with newer ticks was claimed before, of an
 * action that the handler is subscribed to and of an origin that it handles.
 */
export function isLateFor(handler: Subscription, kind: string, ticks: Ticks, seen: SeenActions): boolean {
  return origins(handler).some((origin) =>
    slotsFor(handler, kind, origin, seen).some((slot) => isNewer(slot, ticks, seen)),
  )
}

function origins(handler: Subscription): Origin[] {
  return handler.own === 'handle' ? ['foreign', 'own'] : ['foreign']
}

function slotsFor(handler: Subscription, kind: string, origin: Origin, seen: SeenActions): string[] {
  if (isSubscribedToAll(handler, kind)) {
    const ofOrigin = new RegExp(`^[ahs]#${initial[origin]}(#|$)`)
    // `contact.*` takes every action, and not the type `contact`, which has none.
    const skipped = isSubscribed(handler, kind) ? undefined : slotOf(kind, origin)
    return [...seen.keys()].filter((slot) => ofOrigin.test(slot) && slot !== skipped)
  }
  return handler.types
    .filter((type) => splitType(type).kind === kind)
    .map((type) => slotOf(type, origin))
    .map((slot) => (seen.has(slot) ? slot : sharedSlot(origin)))
}

function isNewer(slot: string, ticks: Ticks, seen: SeenActions): boolean {
  const value = seen.get(slot)
  return value !== undefined && value.ticks > ticks
}
