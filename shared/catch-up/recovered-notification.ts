import { catchUpSource, type Envelope, importSource, readEnvelope } from '../event/envelope.ts'
import { resourceKey } from '../event/event-identity.ts'
import { parseRounding, stringifyLossless } from '../event/lossless-json.ts'
import { knownEventTypes } from '../event/payloads.generated.ts'
import { resourceOf } from '../event/resource-of-event.ts'
import { type Stamp, stampOf } from '../event/stamps.ts'
import type { Ticks } from '../event/ticks.ts'
import type { SeenActions } from '../ledger/ledger-slots.ts'
import type { ListItem } from '../smokeball-api/list-page.ts'
import type { TellingList } from '../smokeball-api/lists.ts'
import { type Creation, creationOf } from './creation.ts'

/** A resource that a list told of, as this project knows it. */
export interface FoundState extends ListItem {
  id: string
  /** The type of the event that tells of it. */
  type: string
  resourceKey: string
  stamp: Stamp | undefined
  creation: Creation | undefined
}

/** Undefined for what is no object with an id. */
export function foundState(
  accountId: string,
  list: Pick<TellingList, 'kind' | 'deleted' | 'created'>,
  { text }: ListItem,
): FoundState | undefined {
  const { kind } = list
  const payload = rounded(text)
  const { id } = resourceOf(`${kind}.updated`, payload, '')
  if (id === '') return undefined
  return {
    text,
    id,
    type: typeOf(list, payload),
    resourceKey: resourceKey(accountId, kind, id),
    stamp: stampOf(kind, text),
    creation: creationOf(list, payload),
  }
}

/** For what needs no digits: the payload goes on as it is written. */
function rounded(text: string): unknown {
  try {
    return parseRounding(text)
  } catch {
    return undefined
  }
}

/**
 * The time that a recovered event has: newer than all that was seen of its resource, and no earlier than the change itself, so that
 * what is delivered late of an older state comes behind it. `untimed`: the time of a state whose stamp tells none.
 */
export function recoveredTicks({ stamp }: FoundState, seen: SeenActions, untimed: Ticks): Ticks {
  const newest = [...seen.values()].reduce((most, { ticks }) => (ticks > most ? ticks : most), -1n)
  const changed = stamp?.ticks ?? untimed
  return (changed > newest ? changed : newest + 1n) as Ticks
}

export interface RecoveredNotification {
  text: string
  envelope: Envelope
  /** That of the write of ours that made the state. @default nobody knows whose it is */
  requestId?: string
}

/** The notification that tells of the state as if it had come, and its facts. */
export function recoveredNotification(
  accountId: string,
  state: FoundState,
  ticks: Ticks,
): RecoveredNotification {
  return notificationWith({ accountId, type: state.type, source: catchUpSource }, state, ticks)
}

/** The notification that shows the state to one handler, as something that was created. */
export function importedNotification(
  accountId: string,
  kind: string,
  handler: string,
  state: FoundState,
  ticks: Ticks,
): RecoveredNotification {
  return notificationWith({ accountId, type: `${kind}.created`, source: importSource, handler }, state, ticks)
}

function notificationWith(
  facts: Record<string, string>,
  { text: payload }: FoundState,
  ticks: Ticks,
): RecoveredNotification {
  const text = `${stringifyLossless(facts).slice(0, -1)},"payload":${payload},"timestamp":${ticks}}`
  return { text, envelope: readEnvelope(text) }
}

/** Deleted is what says so, and never what is absent. */
function typeOf({ kind, deleted }: Pick<TellingList, 'kind' | 'deleted'>, payload: unknown): string {
  const [field, value] = deleted ?? []
  const saysDeleted = field !== undefined && Object(payload)[field] === value
  const type = `${kind}.deleted`
  return saysDeleted && knownEventTypes.includes(type) ? type : `${kind}.updated`
}
