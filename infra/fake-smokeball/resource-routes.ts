import { type Answer, bodyObject, type Call, requestIdOf } from './call.ts'
import { membersIn } from './changed.ts'
import { type Link, page } from './page.ts'
import { Problem } from './problem.ts'
import { type ResourceKind, resourceKinds } from './resource-kinds.ts'
import { documentId, isList, isOfMatter, linksTo, type Payload, type Resources } from './resources.ts'
import type { Given, Route } from './route.ts'
import type { Change, Writes } from './writes.ts'

interface Deps {
  resources: Resources
  writes: Writes
  url(): string
  nextId(): string
  userId: string
}

/** All that `resourceKinds` names: reads tell what is there, writes are accepted and take effect later. */
export function resourceRoutes(deps: Deps): Route[] {
  return resourceKinds.flatMap((kind) => routesOf(deps, kind))
}

/** Where a call is: the collection, and the id of what it names there. */
interface Place {
  accountId: string
  collection: string
  id: string
}

function routesOf(deps: Deps, kind: ResourceKind): Route[] {
  const { resources, url, nextId } = deps
  const { path, is = 'list', listed } = kind
  const members = typeof is === 'object' ? is : undefined
  const isSingle = is === 'single'
  const one = isSingle ? path : `${path}/*`

  /** Throws a `Problem` where the matter is not there. */
  function placeOf({ caller: { accountId }, ids }: Given): Place {
    const [matterId] = path.includes('*') ? ids : []
    if (matterId !== undefined && !resources.of(accountId, 'matters').has(matterId))
      throw new Problem(404, `There is no matter ${matterId}.`)
    const id = isSingle ? documentId(accountId, path.replace('*', matterId ?? '')) : (ids.at(-1) ?? '')
    return { accountId, collection: path.replace('*', matterId ?? ''), id }
  }

  /** What the id of a document says of which nothing was written yet. */
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

  function list(given: Given): Answer {
    const place = placeOf(given)
    if (members && listed !== 'members') return { status: 200, body: documentAt(place) }
    const all = members
      ? membersIn(documentAt(place), members.members)
      : [...resources.of(place.accountId, place.collection).values()]
    if (listed === 'array') return { status: 200, body: all }
    return page(url(), given.call, all.filter(asked(given.call)))
  }

  const write = (action: Change['action'], replaces: boolean) => (given: Given) => {
    const place = placeOf(given)
    if (action === 'created') place.id = nextId()
    else existing(place)
    const fields = action === 'deleted' ? {} : bodyObject(given.call)
    return accept(deps, kind, { given, place, change: { action, fields, replaces } })
  }

  const scope = undefined
  const [created, replaced, patched, deleted] = [
    write('created', false),
    write('updated', true),
    write('updated', false),
    write('deleted', false),
  ]
  const offered: Route[] = [
    { method: 'POST', path, scope, run: created },
    { method: 'PUT', path: one, scope, run: replaced },
    { method: 'PATCH', path: one, scope, run: patched },
    { method: 'DELETE', path: one, scope, run: deleted },
  ]
  return [
    ...(isSingle || listed === 'nowhere' ? [] : [{ method: 'GET', path, scope, run: list }]),
    {
      ...{ method: 'GET', path: one, scope },
      run: (given: Given) => ({ status: 200, body: existing(placeOf(given)) }),
    },
    ...offered.filter(({ method }) => kind.takes.split(' ').includes(method)),
  ]
}

async function accept(
  { writes, url, userId }: Deps,
  kind: ResourceKind,
  { given: { call }, place, change }: { given: Given; place: Place; change: Change },
): Promise<Answer> {
  const { accountId, collection, id } = place
  const target =
    isList(kind) || kind.is === 'single' ? { id } : { id: documentId(accountId, collection), memberId: id }
  const origin = { source: 'API', userId, requestId: requestIdOf(call) }
  await writes.accept({ accountId, collection, ...target, change, origin }, call)
  const prefix = call.pathAccountId === undefined ? '' : `/${call.pathAccountId}`
  const tail = kind.is === 'single' ? '' : `/${encodeURIComponent(id)}`
  const href = `${url()}${prefix}/${collection}${tail}`
  const link: Link = { id, href, relation: kind.kind, method: 'GET' }
  return { status: 202, body: link }
}

/** What the query asks a list for: those of a matter, or files that changed since a cursor. */
function asked({ query }: Call): (member: Payload) => boolean {
  const value = (name: string) => [...query].find(([key]) => key.toLowerCase() === name)?.[1]
  const [matterId, cursor] = [value('matterid'), value('cursor')]
  return (member) =>
    (matterId === undefined || isOfMatter(member, matterId)) &&
    (cursor === undefined || String(member.dateModified ?? '') >= cursor)
}
