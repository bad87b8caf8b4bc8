/** What the page shows, as its URL's hash says. */
export type Route =
  | { view: 'live'; query: URLSearchParams }
  | { view: 'event'; reference: string }
  | { view: 'resource'; resourceKey: string }
  | { view: 'dead-letters' }
  | { view: 'catch-up' }
  | { view: 'unknown' }

export function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const [view = '', of = '', ...more] = decoded(path.split('/')) ?? ['unreadable']
  if (view === '') return { view: 'live', query: new URLSearchParams(query) }
  if (view === 'event' && of !== '') return { view, reference: of }
  if (view === 'resource' && of !== '' && more.length === 0) return { view, resourceKey: of }
  if (view === 'dead-letters' || view === 'catch-up') return { view }
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
  resource: ({ resourceKey }: { resourceKey: string }) => `#/resource/${pathPart(resourceKey)}`,
  deadLetters: '#/dead-letters',
  catchUp: '#/catch-up',
}

/** Ids are opaque. One may hold half a surrogate pair, which cannot be encoded. */
export function pathPart(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

/** What a resource key names, each part readable. One that was too long for a key is `#` and its SHA-256. */
export function readResourceKey(key: string): { accountId: string; kind: string; id: string } {
  const [accountId = '', kind = '', id = ''] = key.split('|').map(readable)
  return { accountId, kind, id }
}

/** Half a surrogate pair cannot be decoded. It is shown as it was encoded. */
function readable(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
