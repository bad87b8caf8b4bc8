import { Hono } from 'hono'
import type { Authorized } from './access.ts'
import {
  type ApiEnv,
  answer,
  bodyObject,
  type Call,
  type Link,
  Problem,
  page,
  queryOf,
  requestIdOf,
} from './answers.ts'
import { changedRows } from './changed-rows.ts'
import { tellsChanges } from './list-filters.ts'
import type { ListTraps } from './list-traps.ts'
import type { PastStates } from './past-states.ts'
import type { PlannedFailures } from './planned-failures.ts'
import {
  isDeleted,
  type Payload,
  type ResourceKind,
  type ResourcePath,
  resourceKinds,
} from './resource-kinds.ts'
import { documentId, isList, isOfMatter, linksTo, type Resources } from './resources.ts'
import { type Change, membersIn, type Writes } from './writes.ts'

interface Deps {
  authorized: Authorized
  resources: Resources
  writes: Writes
  past: PastStates
  listTraps: ListTraps
  /** They let writes fail after they were accepted. */
  failures: PlannedFailures<string>
  url(): string
  now(): number
  nextId(): string
  userId: string
}

/** Makes the routes of all `resourceKinds`. Reads tell what is there; writes are accepted and take effect later. */
export function resourceRoutes(deps: Deps): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>()
  for (const kind of resourceKinds) addRoutes(routes, deps, kind)
  routes.post('/fake/lose/:collection/:id', deps.authorized(), (call) => changeUntold(deps, call))
  return routes
}

/** A user of the firm changes a resource, and no event tells of it, as if its delivery were lost. Smokeball has no such path. */
async function changeUntold({ resources, writes, userId }: Deps, call: Call): Promise<Response> {
  const { accountId } = call.var.caller
  const path = { collection: call.req.param('collection') ?? '', id: call.req.param('id') ?? '' }
  if (!resources.of(accountId, path.collection).has(path.id))
    throw new Problem(404, `There is no ${path.id} in /${path.collection}.`)
  const change = { action: 'updated', fields: await bodyObject(call) } as const
  const origin = { source: 'Smokeball', userId, requestId: undefined }
  await writes.accept({ accountId, ...path, change, isUntold: true, origin })
  return answer(call, 202, {})
}

function addRoutes(routes: Hono<ApiEnv>, deps: Deps, kind: ResourceKind): void {
  const { authorized, nextId } = deps
  const { takes, listed, is } = kind
  const { pathOf, existing, list } = reads(deps, kind)

  const write = (action: Change['action'], replaces: boolean) => async (call: Call) => {
    const path = pathOf(call)
    if (action === 'created') path.id = nextId()
    else existing(path)
    const fields = action === 'deleted' ? {} : await bodyObject(call)
    return accept(deps, call, kind, path, { action, fields, replaces })
  }

  const all = `/${kind.path.replace('*', ':matterId')}`
  const one = is === 'single' ? all : `${all}/:id`
  if (one !== all && listed !== 'nowhere') routes.get(all, authorized(), list)
  if (kind.kind === 'matterstage') routes.get('/stages', authorized(), list)
  routes.get(one, authorized(), (call) => answer(call, 200, existing(pathOf(call))))
  const offered = [
    { method: 'POST', at: all, run: write('created', false) },
    { method: 'PUT', at: one, run: write('updated', true) },
    { method: 'PATCH', at: one, run: write('updated', false) },
    { method: 'DELETE', at: one, run: write('deleted', false) },
  ]
  for (const { method, at, run } of offered)
    if (takes.split(' ').includes(method)) routes.on(method, at, authorized(), run)
}

/** Finds the resources of a kind. Throws a `Problem` where there is no such resource, or no such matter. */
function reads({ resources, past, listTraps, now, url }: Deps, kind: ResourceKind) {
  const { is, listed } = kind
  const rows = changedRows({ resources, past, traps: listTraps, now }, kind)
  const members = typeof is === 'object' ? is : undefined

  function pathOf({ req, var: { caller } }: Call): ResourcePath {
    const { accountId } = caller
    const matterId = req.param('matterId')
    if (matterId !== undefined && !resources.of(accountId, 'matters').has(matterId))
      throw new Problem(404, `There is no matter ${matterId}.`)
    const collection = kind.path.replace('*', () => matterId ?? '')
    const id = is === 'single' ? documentId(accountId, collection) : (req.param('id') ?? '')
    return { accountId, collection, id }
  }

  /** Returns the document, or an empty one where nothing was written yet. */
  function documentAt({ accountId, collection }: ResourcePath): Payload {
    const id = documentId(accountId, collection)
    const empty = { id, ...linksTo(kind, collection), ...(members && { [members.members]: [] }) }
    return resources.of(accountId, collection).get(id) ?? empty
  }

  function existing(path: ResourcePath): Payload {
    if (is === 'single') return documentAt(path)
    const found = members
      ? membersIn(documentAt(path), members.members).find((each) => each[members.idField] === path.id)
      : resources.of(path.accountId, path.collection).get(path.id)
    if (!found || !isShown(path, found)) throw new Problem(404, `There is no ${kind.kind} ${path.id}.`)
    return found
  }

  /** What is deleted may be gone, and what is new may be not there yet. */
  function isShown(path: ResourcePath, found: Payload): boolean {
    const isGone =
      kind.keepsDeleted === 'in lists' && listTraps.deletedSingles === 'gone' && isDeleted(kind, found)
    return !isGone && past.ago(path, listTraps.notYetMs, found) !== undefined
  }

  function list(call: Call): Response {
    const path = pathOf(call)
    if (tellsChanges(kind.path)) return page(call, url(), rows(call))
    if (members && listed !== 'members') return answer(call, 200, documentAt(path))
    const all = members
      ? membersIn(documentAt(path), members.members)
      : [...resources.of(path.accountId, path.collection).values()]
    if (listed === 'array') return answer(call, 200, all)
    return page(call, url(), all.filter(asked(call)))
  }

  return { pathOf, existing, list }
}

async function accept(
  { writes, failures, url, userId }: Deps,
  call: Call,
  kind: ResourceKind,
  { accountId, collection, id }: ResourcePath,
  change: Change,
): Promise<Response> {
  const { pathname, pathAccountId } = call.var
  const target =
    isList(kind) || kind.is === 'single' ? { id } : { id: documentId(accountId, collection), memberId: id }
  const origin = { source: 'API', userId, requestId: requestIdOf(call) }
  // By this header, the caller of a write has it accepted and fail later, with this message.
  const failure = call.req.header('X-Fake-Fail') || failures.take({ method: call.req.method, pathname })
  await writes.accept({ accountId, collection, ...target, change, origin }, failure)
  const prefix = pathAccountId === undefined ? '' : `/${pathAccountId}`
  const tail = kind.is === 'single' ? '' : `/${encodeURIComponent(id)}`
  const href = `${url()}${prefix}/${collection}${tail}`
  const link: Link = { id, href, relation: kind.kind, method: 'GET' }
  return answer(call, 202, link)
}

/** Returns the filter that the query asks for. */
function asked(call: Call): (member: Payload) => boolean {
  const matterId = queryOf(call, 'matterid')
  return (member) => matterId === undefined || isOfMatter(member, matterId)
}
