import { pathPart } from './path-part.ts'

/** What the page shows, as its URL's hash says. */
export type Route =
  | { view: 'live'; query: URLSearchParams }
  | { view: 'event'; reference: string }
  | { view: 'resource'; accountId: string; kind: string; id: string }
  | { view: 'dead-letters' }
  | { view: 'unknown' }

export function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const parts = decoded(path.split('/'))
  const [view = '', first = '', kind = '', id = ''] = parts ?? ['unreadable']
  if (view === '') return { view: 'live', query: new URLSearchParams(query) }
  if (view === 'event' && first !== '') return { view, reference: first }
  if (view === 'resource' && parts?.length === 4) return { view, accountId: first, kind, id }
  if (view === 'dead-letters') return { view }
  return { view: 'unknown' }
}

function decoded(parts: string[]): string[] | undefined {
  try {
    return parts.map(decodeURIComponent)
  } catch {
    return undefined
  }
}

export const hrefOf = {
  live: (query?: URLSearchParams) => (query && query.size > 0 ? `#/?${query}` : '#/'),
  event: (reference: string) => `#/event/${pathPart(reference)}`,
  resource: (of: { accountId: string; resource: { kind: string; id: string } }) =>
    `#/resource/${[of.accountId, of.resource.kind, of.resource.id].map(pathPart).join('/')}`,
  deadLetters: '#/dead-letters',
}
