import { InvalidApiCall } from './invalid-api-call.ts'

/**
 * The address of a path (and query) of the API. `account` goes before it where the client has to say for whom it acts.
 * Throws `InvalidApiCall`, as `checkPath` does.
 */
export function apiUrl(base: string, account: string | undefined, path: string): string {
  checkPath(path)
  if (account === undefined) return base + path
  if (account === '' || isDots(account)) throw new InvalidApiCall('The account is no account id.')
  return `${base}/${encodeURIComponent(account)}${path}`
}

/** Throws `InvalidApiCall` for a path that would lead to another host, account or resource than it seems to. */
export function checkPath(path: unknown): void {
  const problem = problemOf(path)
  if (problem)
    throw new InvalidApiCall(
      `The path ${problem}. Pass one like '/matters/ID?Limit=10', ids through encodeURIComponent; host and account are added.`,
    )
}

function problemOf(path: unknown): string | undefined {
  if (typeof path !== 'string') return 'is not a text'
  if (/^[a-z][a-z\d+.-]*:/i.test(path)) return 'is a whole address'
  if (!path.startsWith('/') || path.startsWith('//')) return 'does not begin with one slash'
  // A URL parser takes a backslash for a slash, drops tabs and newlines, and cuts at a hash.
  if (!/^[^\\#\s\p{Cc}]*$/u.test(path)) return 'has a backslash, a hash, a space or a control character in it'
  if (!path.isWellFormed()) return 'has half a character in it'
  // Whoever decodes the path once more finds slashes there.
  const segments = path.split('?')[0]?.split(/\/|%2f|%5c/i) ?? []
  return segments.some(isDots) ? "has '.' or '..' as a part" : undefined
}

/** Also as URL parsers see them in `%2e`. */
function isDots(segment: string): boolean {
  return /^(\.|%2e){1,2}$/i.test(segment)
}
