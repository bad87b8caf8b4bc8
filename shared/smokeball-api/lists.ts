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

/** What a row of a list says of its resource. */
interface RowFacts {
  /** The field, and its value, that says that the resource is deleted. What is absent from a list says nothing. */
  deleted?: readonly [field: 'isDeleted' | 'status', value: true | 'Deleted' | 3]
  /** The fields that say when the resource was created, the best first. Others can be dated back by hand. */
  created?: readonly string[]
}

/** A list of Smokeball's API that tells what a firm has changed since a time, whatever matter it is of. */
export interface ChangeList extends ListFacts, RowFacts {
  /** The kind of its resources, as event types have it. */
  kind: 'matter' | 'contact' | 'task' | 'event' | 'matterstage' | 'stageset' | 'activitycode'
  path: ChangeListPath
  /** Its rows lack what a notification has: each is fetched by its own path. */
  single?: (id: string) => string
}

/** A list of one matter's resources. No list tells of them firm-wide. */
export interface MatterList extends RowFacts, Partial<Pick<ListFacts, 'filter'>> {
  /** The kind of its resources. That of `files` is a matter's files as a whole, of which the rows are. */
  kind: 'fee' | 'expense' | 'invoice' | 'memo' | 'files'
  /** `{matterId}` stands for the matter's id. */
  path: string
}

/** A list that tells of changes, firm-wide or matter by matter. */
export type TellingList = ChangeList | MatterList

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
  {
    kind: 'task',
    path: '/tasks',
    filter: ['LastUpdated', 'iso'],
    always: [],
    deleted: isDeleted,
    created: ['createdDate', 'createdDateOnly'],
  },
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

/**
 * The lists of one matter, by the same description. Memos and files have no filter: each row's own date is compared. Whether what
 * is deleted is among the rows is stated nowhere; expenses were seen to stay.
 */
export const matterLists: readonly MatterList[] = [
  {
    kind: 'fee',
    path: '/matters/{matterId}/fees',
    filter: ['UpdatedSince', 'ticks'],
    deleted: isDeleted,
    created: ['createdDate'],
  },
  {
    kind: 'expense',
    path: '/matters/{matterId}/expenses',
    filter: ['UpdatedSince', 'ticks'],
    deleted: isDeleted,
  },
  {
    kind: 'invoice',
    path: '/matters/{matterId}/invoices',
    filter: ['LastUpdated', 'iso'],
    deleted: ['status', 3],
  },
  { kind: 'memo', path: '/matters/{matterId}/memos', deleted: isDeleted, created: ['createdDate'] },
  { kind: 'files', path: '/matters/{matterId}/documents/files', created: ['dateCreated'] },
]

export function isByMatter(list: TellingList): list is MatterList {
  return list.path.includes('{matterId}')
}

/** The matters whose lists are asked for. What is in a deleted one is of no interest any more. */
export const mattersWithLists: ChangeList = {
  kind: 'matter',
  path: '/matters',
  filter: ['LastUpdated', 'iso'],
  always: [
    ['Type', 'Matters,Leads'],
    ...matterStatuses.filter((status) => status !== 'Deleted').map((status) => ['Status', status] as const),
  ],
  sort: 'asc(LastUpdated)',
}

/** Which part of a list is asked for. `updatedSince`: what changed since then; without it, all. @default limit 500 */
export interface ListPart {
  updatedSince?: Ticks | undefined
  offset: number
  limit?: number
}

/** The query of a part of a list. The time is cut down to what its filter takes; without one, it is left out. */
export function listQuery(
  { filter, always = [], sort }: Partial<ListFacts>,
  { updatedSince, offset, limit = pageRows }: ListPart,
): URLSearchParams {
  const query = new URLSearchParams(always.map(([each, value]): [string, string] => [each, value]))
  if (updatedSince !== undefined && filter) query.append(filter[0], filterValue(filter[1], updatedSince))
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
