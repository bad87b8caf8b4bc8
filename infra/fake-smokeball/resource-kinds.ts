import type { JsonValue } from '../../shared/event/lossless-json.ts'

/** A resource, as the API and its events tell it. */
export type Payload = Record<string, JsonValue>

/** A resource of a firm. */
export interface ResourcePath {
  accountId: string
  /** Its path: `matters`, `matters/68df…/memos`. */
  collection: string
  id: string
}

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
  /**
   * Deletion sets these fields. A deleted resource stays, with them, where `keepsDeleted` says so; whether one that stays in
   * lists also answers by its id, no public text says. @default isDeleted
   */
  deleted?: Payload
  keepsDeleted?: true | 'in lists'
  /** Actions of its types that are not called created, updated or deleted. */
  actions?: Record<string, string>
  /** Its event tells the matter and the cursor at which the list goes on, and not a member. */
  tellsCursor?: true
}

function resource(
  path: string,
  kind: string,
  takes: string,
  further: Omit<ResourceKind, 'path' | 'kind' | 'takes'>,
): ResourceKind {
  return { path, kind, takes, ...further }
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
  resource('matters', 'matter', everyChange, {
    stamps: { versionId: 'ticks as text' },
    deleted: { status: 'Deleted' },
    keepsDeleted: 'in lists',
  }),
  resource('contacts', 'contact', everyChange, { stamps: { ...ticks, ...guid }, keepsDeleted: 'in lists' }),
  resource('tasks', 'task', everyChange, { stamps: ticks, keepsDeleted: 'in lists' }),
  resource('events', 'event', 'POST PUT DELETE', {
    keepsDeleted: true,
    stamps: { lastUpdated: 'iso without zone' },
  }),
  resource('activitycodes', 'activitycode', 'POST PUT DELETE', { stamps: guid, keepsDeleted: 'in lists' }),
  resource('mattertypes', 'mattertype', '', { stamps: guid }),
  resource('stagesets', 'stageset', '', { stamps: { ...ticks, ...guid } }),
  resource('layouts', 'layoutdesign', '', { stamps: { ...ticks, ...guid } }),
  resource('staff', 'staff', 'POST PUT DELETE', {
    stamps: guid,
    deleted: { former: true, enabled: false },
    keepsDeleted: true,
  }),
  resource('firmusers', 'firmuser', 'PUT DELETE', {
    listed: 'array',
    deleted: { isFormerUser: true },
    keepsDeleted: true,
  }),
  resource('users', 'user', 'POST DELETE', {
    listed: 'nowhere',
    deleted: {},
    actions: { created: 'registered', deleted: 'unregistered' },
  }),
  resource('firm', 'firm', 'PUT', { is: 'single', stamps: guid }),
  resource('matters/*/memos', 'memo', 'POST PUT DELETE', {
    links: ['matterId'],
    stamps: { lastUpdated: 'iso' },
    created: { createdDate: 'iso' },
    keepsDeleted: 'in lists',
  }),
  resource('matters/*/fees', 'fee', everyChange, {
    ...ofMatter,
    stamps: guid,
    created: { createdDate: 'iso' },
    keepsDeleted: 'in lists',
  }),
  resource('matters/*/expenses', 'expense', everyChange, { ...ofMatter, stamps: guid, keepsDeleted: true }),
  resource('matters/*/invoices', 'invoice', '', {
    ...ofMatter,
    stamps: guid,
    deleted: { status: 3 },
    keepsDeleted: true,
  }),
  resource('matters/*/documents/files', 'files', everyChange, {
    links: ['matter'],
    tellsCursor: true,
    stamps: { dateModified: 'iso', ...guid },
    created: { dateCreated: 'iso' },
  }),
  resource('matters/*/roles', 'roles', 'POST PUT DELETE', {
    links: ['matterId'],
    stamps: guid,
    is: { members: 'roles', idField: 'id' },
  }),
  resource('matters/*/items', 'matteritems', '', { stamps: guid, is: { members: 'items', idField: 'id' } }),
  resource('matters/*/layouts', 'layoutmatter', 'POST PATCH DELETE', {
    links: ['matterId'],
    is: { members: 'items', idField: 'itemId' },
    listed: 'members',
  }),
  resource('matters/*/stages', 'matterstage', '', {
    is: 'single',
    links: ['matter'],
    stamps: { ...ticks, ...guid },
  }),
  resource('matters/*/billingconfiguration', 'billingconfiguration', 'PUT PATCH', {
    is: 'single',
    stamps: guid,
  }),
  resource('matters/*/archive', 'archive', 'PUT PATCH', { is: 'single' }),
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

/** Whether a resource says that it was deleted. */
export function isDeleted({ deleted }: Pick<ResourceKind, 'deleted'>, resource: Payload): boolean {
  return Object.entries(deleted ?? { isDeleted: true }).every(([field, value]) => resource[field] === value)
}

/** Returns the id of the matter that a path names. */
export function matterIdIn(collection: string): string | undefined {
  return /^matters\/([^/]+)\//.exec(collection)?.[1]
}
