import type { IncomingMessage } from 'node:http'

/**
 * Returns path and query of a request as they were sent. As with API Gateway, `..` takes no step of the path back, and whatever a
 * client may write is a path, such as `//`, `*` or `/%`. Where the target names a host before its path, that is left out.
 * https://www.rfc-editor.org/rfc/rfc9112#section-3.2
 */
export function requestTarget({ url = '/' }: Pick<IncomingMessage, 'url'>): {
  pathname: string
  query: string
} {
  const [, path, query = ''] = /^(?:[a-z][a-z\d+.-]*:\/\/[^/?]*)?([^?]*)(?:\?(.*))?$/is.exec(url) ?? []
  return { pathname: path || '/', query }
}

/** Returns the decoded parts of a path between its slashes. A part that is not encoded rightly stays as it is. */
export function pathParts(pathname: string): string[] {
  return pathname.split('/').filter(Boolean).map(decoded)
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
