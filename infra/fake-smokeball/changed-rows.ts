import type { JsonValue } from '../../shared/event/lossless-json.ts'
import { dateToTicks, epochMsToTicks, parseTicks, type Ticks } from '../../shared/event/ticks.ts'
import { type Call, queryAll, queryOf } from './answers.ts'
import { epochMsOf, flagOf, notValid, sinceOf, timeOf } from './list-filters.ts'
import { type ListTraps, placeOf } from './list-traps.ts'
import type { PastStates } from './past-states.ts'
import { isDeleted, type Payload, type ResourceKind } from './resource-kinds.ts'
import { isOfMatter, type Resources } from './resources.ts'

interface Deps {
  resources: Resources
  past: PastStates
  traps: ListTraps
  now(): number
}

interface Row {
  id: string
  payload: Payload
  changed: Ticks
}

type Keeps = (row: Row) => boolean

/**
 * Makes the rows of a list that tells changes, of a firm or of one matter, in their order, as Smokeball's lists of August 2026 are
 * documented.
 */
export function changedRows({ resources, past, traps, now }: Deps, kind: ResourceKind) {
  return function rows(call: Call): Payload[] {
    const { accountId } = call.var.caller
    const matterId = call.req.param('matterId')
    const path = matterId === undefined ? kind.path : kind.path.replace('*', () => matterId)
    const found = resources.all(accountId, path).flatMap(({ collection, id, payload }): Row[] => {
      const at = { accountId, collection, id }
      const shown = traps.staleMs === 0 ? payload : past.ago(at, traps.staleMs, payload)
      if (!shown) return []
      const changed = ticksIn(kind, shown) ?? epochMsToTicks(past.lastChangeOf(at) ?? 0)
      return [{ id, payload: shown, changed }]
    })
    const filters = [...changeFilter(call), ...(ownFilters[kind.kind] ?? (() => []))(call, traps, now)]
    const kept = found.filter((row) => filters.every((keeps) => keeps(row)))
    return inOrder(call, kept).map(({ payload }) => shape(call, payload))
  }

  function changeFilter(call: Call): Keeps[] {
    const since = sinceOf(call, kind.path, traps)
    if (since === undefined) return []
    return [({ changed }) => (traps.since === 'inclusive' ? changed >= since : changed > since)]
  }

  function inOrder(call: Call, rows: Row[]): Row[] {
    const { shuffle } = traps
    const places = new Map(
      shuffle === undefined ? [] : rows.map((row) => [row, placeOf(shuffle, `${row.id} ${row.changed}`)]),
    )
    const byPlace = (a: Row, b: Row) => (places.get(a) ?? 0) - (places.get(b) ?? 0)
    const asked = sortable[kind.kind] ? ordersOf(call, sortable[kind.kind] ?? {}) : []
    const orders = kind.kind === 'files' ? [byCreation] : asked
    return rows.toSorted((a, b) => orders.reduce((order, by) => order || by(a, b), 0) || byPlace(a, b))
  }

  function shape(call: Call, payload: Payload): Payload {
    if (kind.kind === 'matter') return withoutOptional(call, payload)
    const isOfAll = kind.kind === 'event' && queryOf(call, 'MatterId') === undefined
    return isOfAll && traps.calendarMatters === 'null' ? { ...payload, matter: null } : payload
  }
}

/** When a resource says that it was changed; undefined for kinds that tell no time, and for samples that lack it. */
function ticksIn({ stamps = {} }: ResourceKind, payload: Payload): Ticks | undefined {
  for (const [field, stamp] of Object.entries(stamps)) {
    const value = payload[field]
    if (stamp === 'guid' || value === undefined || value === null) continue
    if (/^\d{18}$/.test(String(value))) return parseTicks(String(value))
    const epochMs = epochMsOf(String(value))
    if (epochMs !== undefined) return dateToTicks(new Date(epochMs))
  }
  return undefined
}

/** The filters that the lists have besides. */
const ownFilters: Record<string, (call: Call, traps: ListTraps, now: () => number) => Keeps[]> = {
  matter: (call, { deletedRows }) => {
    const statuses = queryAll(call, 'Status')
    const hidesDeleted = statuses.length === 0 && deletedRows === 'left-out'
    return [
      ofTypes(call),
      ({ payload: { status } }) => statuses.length === 0 || statuses.includes(String(status)),
      ({ payload: { status } }) => !hidesDeleted || status !== 'Deleted',
    ]
  },
  contact: (call) => [unlessDeleted(flagOf(call, 'ExcludeDeletedContacts') ?? false)],
  task: (call, { deletedRows }) => {
    const isCompleted = flagOf(call, 'IsCompleted')
    return [
      ofMatter(call),
      unlessDeleted(deletedRows === 'left-out'),
      ({ payload }) => isCompleted === undefined || (payload.isCompleted ?? false) === isCompleted,
    ]
  },
  event: (call, { calendar }, now) => {
    const from = timeOf(call, 'From') ?? now()
    const to = timeOf(call, 'To') ?? Number.POSITIVE_INFINITY
    const isMeant: Keeps = ({ payload: { startTime, endTime } }) => {
      const at = timeIn(calendar === 'end' ? (endTime ?? startTime) : startTime)
      return at >= from && at <= to
    }
    return [ofMatter(call), unlessDeleted(flagOf(call, 'ExcludeDeletedEvents') ?? false), isMeant]
  },
  activitycode: unlessLeftOut,
  fee: unlessLeftOut,
  memo: unlessLeftOut,
  files: (call) => {
    const cursor = queryOf(call, 'Cursor')
    return [({ payload: { dateModified } }) => cursor === undefined || String(dateModified ?? '') >= cursor]
  },
}

/** Nothing says whether the list has what is deleted. */
function unlessLeftOut(_: Call, { deletedRows }: ListTraps): Keeps[] {
  return [unlessDeleted(deletedRows === 'left-out')]
}

/** What has no time began long ago. */
function timeIn(value: JsonValue | undefined): number {
  return epochMsOf(String(value)) ?? 0
}

function ofMatter(call: Call): Keeps {
  const matterId = queryOf(call, 'MatterId')
  return ({ payload }) => matterId === undefined || isOfMatter(payload, matterId)
}

function unlessDeleted(isLeftOut: boolean): Keeps {
  return ({ payload }) => !isLeftOut || !isDeleted({}, payload)
}

/** Leads are matters, too, and left out where nothing asks for them. `IsLead` is the deprecated way to ask. */
function ofTypes(call: Call): Keeps {
  const isLead = flagOf(call, 'IsLead')
  const types = (queryOf(call, 'Type') ?? (isLead ? 'Leads' : 'Matters')).toLowerCase().split(',')
  const unknown = types.find((type) => type !== 'matters' && type !== 'leads')
  if (unknown !== undefined) throw notValid('Type', `The value '${unknown}' is not valid.`)
  return ({ payload }) => types.includes(payload.isLead === true ? 'leads' : 'matters')
}

type Order = (a: Row, b: Row) => number

const byChange: Order = (a, b) => (a.changed < b.changed ? -1 : Number(a.changed > b.changed))
/** Files are so by default, and it is the only default that is stated. */
const byCreation: Order = (a, b) =>
  String(a.payload.dateCreated ?? '').localeCompare(String(b.payload.dateCreated ?? ''))
const byStatus: Order = (a, b) => String(a.payload.status).localeCompare(String(b.payload.status))

/** The lists that can be sorted, and by what. */
const sortable: Record<string, Record<string, Order>> = {
  matter: { lastupdated: byChange, status: byStatus },
  contact: { lastupdated: byChange },
}

function ordersOf(call: Call, fields: Record<string, Order>): Order[] {
  const sort = queryOf(call, 'Sort')
  if (sort === undefined) return []
  return sort.split(',').map((part): Order => {
    const [, way, field = ''] = /^\s*(asc|desc)\((\w+)\)\s*$/i.exec(part) ?? []
    const order = fields[field.toLowerCase()]
    if (!order) throw notValid('Sort', `The value '${part}' is not valid.`)
    return way?.toLowerCase() === 'asc' ? order : (a, b) => order(b, a)
  })
}

/** A matter in a list has these fields only where they are asked for. */
function withoutOptional(call: Call, matter: Payload): Payload {
  const asked = (queryOf(call, 'Fields') ?? '').toLowerCase().split(',')
  const { items, tags, ...rest } = matter
  return {
    ...rest,
    ...(items !== undefined && asked.includes('items') && { items }),
    ...(tags !== undefined && asked.includes('tags') && { tags }),
  }
}
