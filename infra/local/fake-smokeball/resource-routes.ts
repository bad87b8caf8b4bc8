import type { Caller } from './authorize.ts'
import { type Answer, bodyObject, type Call, requestIdOf } from './call.ts'
import { type Link, page } from './page.ts'
import { Problem } from './problem.ts'
import { type Collection, collections, type Payload, type Resources } from './resources.ts'
import type { Route } from './route.ts'
import type { Change, Writes } from './writes.ts'

interface Deps {
  resources: Resources
  writes: Writes
  url(): string
  nextId(): string
  userId: string
}

/** `/matters`, `/contacts`, `/tasks`: reads tell what is there, writes are accepted and take effect later. */
export function resourceRoutes(deps: Deps): Route[] {
  return (Object.keys(collections) as Collection[]).flatMap((collection) => routesOf(deps, collection))
}

function routesOf({ resources, writes, url, nextId, userId }: Deps, collection: Collection): Route[] {
  const scope = undefined
  const one = `${collection}/*`
  const all = ({ accountId }: Caller) => resources.of(accountId, collection)

  function existing(caller: Caller, id: string): Payload {
    const found = all(caller).get(id)
    if (!found) throw new Problem(404, `There is no ${collections[collection]} ${id}.`)
    return found
  }

  async function accept(call: Call, { accountId }: Caller, id: string, change: Change): Promise<Answer> {
    const requestId = requestIdOf(call)
    const origin = { source: 'API', userId, requestId }
    await writes.accept({ accountId, collection, id, change, origin }, call)
    const prefix = call.pathAccountId === undefined ? '' : `/${call.pathAccountId}`
    const href = `${url()}${prefix}/${collection}/${encodeURIComponent(id)}`
    const link: Link = { id, href, relation: collections[collection], method: 'GET' }
    return { status: 202, body: link }
  }

  return [
    {
      ...{ method: 'GET', path: collection, scope },
      run: ({ call, caller }) => page(url(), call, [...all(caller).values()]),
    },
    {
      ...{ method: 'GET', path: one, scope },
      run: ({ caller, id }) => ({ status: 200, body: existing(caller, id) }),
    },
    {
      ...{ method: 'POST', path: collection, scope },
      run: ({ call, caller }) =>
        accept(call, caller, nextId(), { action: 'created', fields: bodyObject(call) }),
    },
    {
      ...{ method: 'PUT', path: one, scope },
      run({ call, caller, id }) {
        existing(caller, id)
        return accept(call, caller, id, { action: 'updated', fields: bodyObject(call), replaces: true })
      },
    },
    {
      ...{ method: 'PATCH', path: one, scope },
      run({ call, caller, id }) {
        existing(caller, id)
        return accept(call, caller, id, { action: 'updated', fields: bodyObject(call) })
      },
    },
    {
      ...{ method: 'DELETE', path: one, scope },
      run({ call, caller, id }) {
        existing(caller, id)
        return accept(call, caller, id, { action: 'deleted', fields: {} })
      },
    },
  ]
}
