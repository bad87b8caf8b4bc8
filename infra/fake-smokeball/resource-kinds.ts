import type { JsonValue } from '../../shared/event/lossless-json.ts'

/** A resource, as the API and its events tell it. */
export type Payload = Record<string, JsonValue>

/** How a write stamps a field: ticks as a number or as text, a GUID, or the time in ISO, with a zone or without. */
export type Stamp = 'ticks' | 'ticks as text' | 'guid' | 'iso' | 'iso without zone'

/** A kind of resource: what the API has at a path, and what its events are. */
export interface ResourceKind {
  /** `*` stands for the id of a matter. */
  path: string
  /** The types of its events begin with it. */
  kind: string
  /** It takes these methods beside `GET`. */
  takes: string
  /**
   * The path names members with ids of their own, one document a matter or firm, or one document whose `members` are
   * read and written by ids of their own. @default a list
   */
  is?: 'list' | 'single' | { members: string; idField: string }
  /** `GET` of the path answers so. @default a page, or the document */
  listed?: 'array' | 'members' | 'nowhere'
  /** Each write sets the first fields, and creation the second ones, too. */
  stamps?: Record<string, Stamp>
  created?: Record<string, Stamp>
  /** It names its matter by these fields. */
  links?: readonly ('matter' | 'matterId')[]
  /** Deletion sets these fields. A deleted resource stays, with them, where `keepsDeleted` says so. @default isDeleted */
  deleted?: Payload
  keepsDeleted?: true
  /** Actions of its types that are not called created, updated or deleted. */
  actions?: Record<string, string>
  /** Its event tells the matter and the cursor at which the list goes on, and not a member. */
  tellsCursor?: true
}

const everyChange = 'POST PUT PATCH DELETE'
const guid = { versionId: 'guid' } as const
const ticks = { lastUpdated: 'ticks' } as const
const ofMatter = { links: ['matter', 'matterId'] } as const

/**
 * The resources that events tell of, as Smokeball's public API has them: paths, methods, stamps and marks of deletion. Whether a
 * deleted one still answers is public for some only; the others are gone.
 * https://docs.smokeball.com
 */
export const resourceKinds: readonly ResourceKind[] = [
  {
    path: 'matters',
    kind: 'matter',
    takes: everyChange,
    stamps: { versionId: 'ticks as text' },
    deleted: { status: 'Deleted' },
  },
  { path: 'contacts', kind: 'contact', takes: everyChange, stamps: { ...ticks, ...guid } },
  { path: 'tasks', kind: 'task', takes: everyChange, stamps: ticks },
  {
    path: 'events',
    kind: 'event',
    takes: 'POST PUT DELETE',
    keepsDeleted: true,
    stamps: { lastUpdated: 'iso without zone' },
  },
  { path: 'activitycodes', kind: 'activitycode', takes: 'POST PUT DELETE', stamps: guid },
  { path: 'mattertypes', kind: 'mattertype', takes: '', stamps: guid },
  { path: 'stagesets', kind: 'stageset', takes: '', stamps: { ...ticks, ...guid } },
  { path: 'layouts', kind: 'layoutdesign', takes: '', stamps: { ...ticks, ...guid } },
  {
    path: 'staff',
    kind: 'staff',
    takes: 'POST PUT DELETE',
    stamps: guid,
    deleted: { former: true, enabled: false },
    keepsDeleted: true,
  },
  {
    path: 'firmusers',
    kind: 'firmuser',
    takes: 'PUT DELETE',
    listed: 'array',
    deleted: { isFormerUser: true },
    keepsDeleted: true,
  },
  {
    path: 'users',
    kind: 'user',
    takes: 'POST DELETE',
    listed: 'nowhere',
    deleted: {},
    actions: { created: 'registered', deleted: 'unregistered' },
  },
  { path: 'firm', kind: 'firm', takes: 'PUT', is: 'single', stamps: guid },
  {
    path: 'matters/*/memos',
    kind: 'memo',
    takes: 'POST PUT DELETE',
    links: ['matterId'],
    stamps: { lastUpdated: 'iso' },
    created: { createdDate: 'iso' },
  },
  {
    path: 'matters/*/fees',
    kind: 'fee',
    takes: everyChange,
    ...ofMatter,
    stamps: guid,
    created: { createdDate: 'iso' },
  },
  {
    path: 'matters/*/expenses',
    kind: 'expense',
    takes: everyChange,
    ...ofMatter,
    stamps: guid,
    keepsDeleted: true,
  },
  { path: 'matters/*/invoices', kind: 'invoice', takes: '', ...ofMatter, stamps: guid },
  {
    path: 'matters/*/documents/files',
    kind: 'files',
    takes: everyChange,
    links: ['matter'],
    tellsCursor: true,
    stamps: { dateModified: 'iso', ...guid },
    created: { dateCreated: 'iso' },
  },
  {
    path: 'matters/*/roles',
    kind: 'roles',
    takes: 'POST PUT DELETE',
    links: ['matterId'],
    stamps: guid,
    is: { members: 'roles', idField: 'id' },
  },
  {
    path: 'matters/*/items',
    kind: 'matteritems',
    takes: '',
    stamps: guid,
    is: { members: 'items', idField: 'id' },
  },
  {
    path: 'matters/*/layouts',
    kind: 'layoutmatter',
    takes: 'POST PATCH DELETE',
    links: ['matterId'],
    is: { members: 'items', idField: 'itemId' },
    listed: 'members',
  },
  {
    path: 'matters/*/stages',
    kind: 'matterstage',
    takes: '',
    is: 'single',
    links: ['matter'],
    stamps: { ...ticks, ...guid },
  },
  {
    path: 'matters/*/billingconfiguration',
    kind: 'billingconfiguration',
    takes: 'PUT PATCH',
    is: 'single',
    stamps: guid,
  },
  { path: 'matters/*/archive', kind: 'archive', takes: 'PUT PATCH', is: 'single' },
]

/** Returns the kind at a path in which a matter may be named: `matters/68df…/memos`. Throws `RangeError` when there is none. */
export function kindAt(collection: string): ResourceKind {
  const path = collection.replace(/^(matters\/)[^/]+(?=\/)/, '$1*')
  const found = resourceKinds.find((kind) => kind.path === path)
  if (!found)
    throw new RangeError(
      `There is no /${collection}: there are ${resourceKinds.map((kind) => `/${kind.path}`).join(', ')}.`,
    )
  return found
}

/** Returns the id of the matter that a path names. */
export function matterIdIn(collection: string): string | undefined {
  return /^matters\/([^/]+)\//.exec(collection)?.[1]
}
