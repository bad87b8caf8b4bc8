import { type Ticks, ticksToDate } from '../event/ticks.ts'

/** How a list's filter writes the time since when something has changed. */
export type FilterForm = 'ticks' | 'iso' | 'iso-without-zone'

/** What one has to know of a list to read all of it. */
export interface ListFacts {
  /** The parameter that says since when, and how it writes the time. Each list has its own: only a table tells. */
  filter: readonly [name: 'LastUpdated' | 'UpdatedSince', form: FilterForm]
  /** Parameters without which the list leaves something out, or shows less of it. A name may come more than once. */
  always: readonly (readonly [name: string, value: string])[]
  /** Sorts by what the filter compares, the oldest first. It is undefined where the API offers no order and states none. */
  sort?: string
}

/** A list of Smokeball's API that tells what a firm has changed since a time, whatever matter it is of. */
export interface ChangeList extends ListFacts {
  /** The kind of its resources, as event types have it. */
  kind: 'matter' | 'contact' | 'task' | 'event' | 'matterstage' | 'stageset' | 'activitycode'
  path: ChangeListPath
  /** Its rows lack what a notification has: each is fetched by its own path. */
  single?: (id: string) => string
  /** The field of a row, and its value, that says that the resource is deleted. What is absent from a list says nothing. */
  deleted?: readonly [field: 'isDeleted' | 'status', value: true | 'Deleted']
}

export type ChangeListPath =
  | '/matters'
  | '/contacts'
  | '/tasks'
  | '/events'
  | '/stages'
  | '/stagesets'
  | '/activitycodes'

/** A page has so many rows at most: Smokeball's API description. */
export const pageRows = 500

/** All statuses of a matter. Whether a list without them shows deleted matters is stated nowhere. https://docs.smokeball.com: matters */
const matterStatuses = ['Open', 'Pending', 'Closed', 'Deleted', 'Cancelled']

const isDeleted = ['isDeleted', true] as const

/**
 * The lists that tell of a whole firm's changes, by Smokeball's API description of 2026-08-15: four spellings of one filter, leads
 * left out by default, and calendar events that begin now by default. Inclusive or not is stated nowhere, so whoever asks begins
 * earlier.
 */
export const changeLists: readonly ChangeList[] = [
  {
    kind: 'matter',
    path: '/matters',
    filter: ['LastUpdated', 'iso'],
    always: [
      ['Type', 'Matters,Leads'],
      ['Fields', 'items'],
      ...matterStatuses.map((status) => ['Status', status] as const),
    ],
    sort: 'asc(LastUpdated)',
    deleted: ['status', 'Deleted'],
  },
  {
    kind: 'contact',
    path: '/contacts',
    filter: ['UpdatedSince', 'ticks'],
    always: [['ExcludeDeletedContacts', 'false']],
    sort: 'asc(LastUpdated)',
    deleted: isDeleted,
  },
  { kind: 'task', path: '/tasks', filter: ['LastUpdated', 'iso'], always: [], deleted: isDeleted },
  {
    kind: 'event',
    path: '/events',
    filter: ['UpdatedSince', 'iso-without-zone'],
    always: [
      ['From', '1900-01-01T00:00:00Z'],
      ['ExcludeDeletedEvents', 'false'],
    ],
    // The list leaves `matter` out.
    single: (id) => `/events/${encodeURIComponent(id)}`,
    deleted: isDeleted,
  },
  { kind: 'matterstage', path: '/stages', filter: ['UpdatedSince', 'ticks'], always: [] },
  { kind: 'stageset', path: '/stagesets', filter: ['UpdatedSince', 'ticks'], always: [], deleted: isDeleted },
  {
    kind: 'activitycode',
    path: '/activitycodes',
    filter: ['UpdatedSince', 'ticks'],
    always: [],
    deleted: isDeleted,
  },
]

/** Which part of a list is asked for. `updatedSince`: what changed since then; without it, all. @default limit 500 */
export interface ListPart {
  updatedSince?: Ticks | undefined
  offset: number
  limit?: number
}

/** The query of a part of a list. The time is cut down to what its filter takes. */
export function listQuery(
  { filter: [name, form], always, sort }: ListFacts,
  { updatedSince, offset, limit = pageRows }: ListPart,
): URLSearchParams {
  const query = new URLSearchParams(always.map(([each, value]): [string, string] => [each, value]))
  if (updatedSince !== undefined) query.append(name, filterValue(form, updatedSince))
  if (sort !== undefined) query.append('Sort', sort)
  query.append('Offset', String(offset))
  query.append('Limit', String(limit))
  return query
}

/** Whole seconds, cut down: one account tells that fractions are refused. */
function filterValue(form: FilterForm, since: Ticks): string {
  if (form === 'ticks') return since.toString()
  const seconds = ticksToDate(since).toISOString().slice(0, 19)
  return form === 'iso' ? `${seconds}Z` : seconds
}
