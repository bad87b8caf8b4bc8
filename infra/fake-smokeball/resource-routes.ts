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
import type { PlannedFailures } from './planned-failures.ts'
import { type Payload, type ResourceKind, resourceKinds } from './resource-kinds.ts'
import { documentId, isList, isOfMatter, linksTo, type Resources } from './resources.ts'
import { type Change, membersIn, type Writes } from './writes.ts'

interface Deps {
  authorized: Authorized
  resources: Resources
  writes: Writes
  /** They let writes fail after they were accepted. */
  failures: PlannedFailures<string>
  url(): string
  nextId(): string
  userId: string
}

/** The place that a call names: the collection, and the id of something there. */
interface Place {
  accountId: string
  collection: string
  id: string
}

/** Makes the routes of all `resourceKinds`. Reads tell what is there; writes are accepted and take effect later. */
export function resourceRoutes(deps: Deps): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>()
  for (const kind of resourceKinds) addRoutes(routes, deps, kind)
  return routes
}

function addRoutes(routes: Hono<ApiEnv>, deps: Deps, kind: ResourceKind): void {
  const { authorized, resources, url, nextId } = deps
  const { is = 'list', listed } = kind
  const members = typeof is === 'object' ? is : undefined
  const isSingle = is === 'single'

  /** Throws a `Problem` where there is no such matter. */
  function placeOf({ req, var: { caller } }: Call): Place {
    const { accountId } = caller
    const matterId = req.param('matterId')
    if (matterId !== undefined && !resources.of(accountId, 'matters').has(matterId))
      throw new Problem(404, `There is no matter ${matterId}.`)
    const collection = kind.path.replace('*', () => matterId ?? '')
    const id = isSingle ? documentId(accountId, collection) : (req.param('id') ?? '')
    return { accountId, collection, id }
  }

  /** Returns the document, or an empty one where nothing was written yet. */
  function documentAt({ accountId, collection }: Place): Payload {
    const id = documentId(accountId, collection)
    const empty = { id, ...linksTo(kind, collection), ...(members && { [members.members]: [] }) }
    return resources.of(accountId, collection).get(id) ?? empty
  }

  function existing(place: Place): Payload {
    if (isSingle) return documentAt(place)
    const found = members
      ? membersIn(documentAt(place), members.members).find((each) => each[members.idField] === place.id)
      : resources.of(place.accountId, place.collection).get(place.id)
    if (!found) throw new Problem(404, `There is no ${kind.kind} ${place.id}.`)
    return found
  }

  function list(call: Call): Response {
    const place = placeOf(call)
    if (members && listed !== 'members') return answer(call, 200, documentAt(place))
    const all = members
      ? membersIn(documentAt(place), members.members)
      : [...resources.of(place.accountId, place.collection).values()]
    if (listed === 'array') return answer(call, 200, all)
    return page(call, url(), all.filter(asked(call)))
  }

  const write = (action: Change['action'], replaces: boolean) => async (call: Call) => {
    const place = placeOf(call)
    if (action === 'created') place.id = nextId()
    else existing(place)
    const fields = action === 'deleted' ? {} : await bodyObject(call)
    return accept(deps, call, kind, place, { action, fields, replaces })
  }

  const path = `/${kind.path.replace('*', ':matterId')}`
  const one = isSingle ? path : `${path}/:id`
  if (!isSingle && listed !== 'nowhere') routes.get(path, authorized(), list)
  routes.get(one, authorized(), (call) => answer(call, 200, existing(placeOf(call))))
  const offered = [
    { method: 'POST', at: path, run: write('created', false) },
    { method: 'PUT', at: one, run: write('updated', true) },
    { method: 'PATCH', at: one, run: write('updated', false) },
    { method: 'DELETE', at: one, run: write('deleted', false) },
  ]
  for (const { method, at, run } of offered)
    if (kind.takes.split(' ').includes(method)) routes.on(method, at, authorized(), run)
}

async function accept(
  { writes, failures, url, userId }: Deps,
  call: Call,
  kind: ResourceKind,
  { accountId, collection, id }: Place,
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

/** Returns the filter that the query asks for: members of a matter, or files that changed since a cursor. */
function asked(call: Call): (member: Payload) => boolean {
  const [matterId, cursor] = [queryOf(call, 'matterid'), queryOf(call, 'cursor')]
  return (member) =>
    (matterId === undefined || isOfMatter(member, matterId)) &&
    (cursor === undefined || String(member.dateModified ?? '') >= cursor)
}
