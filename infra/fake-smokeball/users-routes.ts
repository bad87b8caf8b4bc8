import { parseLossless } from '../../shared/event/lossless-json.ts'
import { type FakeRoutes, routePattern } from '../settings/settings.ts'
import { type Call, requestIdOf } from './call.ts'
import { Problem } from './problem.ts'
import type { Publisher } from './publisher.ts'
import type { Route } from './route.ts'

/** The routes that `infra/handlers.ts` adds. They stand before the fake Smokeball's own, and may take their place. */
export function usersRoutes(routes: FakeRoutes, publisher: Pick<Publisher, 'publish'>): Route[] {
  return Object.entries(routes).map(([place, answer]) => {
    const [, method = '', path = ''] = routePattern.exec(place) ?? []
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
    return {
      ...{ method, path: path.slice(1).replace(/\{\w+\}/g, '*'), scope: undefined },
      async run({ call, caller: { accountId }, ids }) {
        const requestId = requestIdOf(call)
        const { status = 200, body } = await answer({
          ...{ accountId, requestId, query: call.query, body: bodyOf(call) },
          params: Object.fromEntries(names.map((name, at) => [name, ids[at] ?? ''])),
          emit: (type, payload) =>
            void publisher.publish({ accountId, type, payload, source: 'API', requestId }),
        })
        return { status, body }
      },
    }
  })
}

function bodyOf({ body }: Call): unknown {
  if (body === '') return undefined
  try {
    return parseLossless(body)
  } catch {
    throw new Problem(400, 'The body is not JSON.', { errors: [{ field: '', message: 'Not JSON.' }] })
  }
}
