import { InvalidApiCall } from './api-errors.ts'

/** What may stand in a path for an id. */
export type PathValue = string | number | bigint

/**
 * A path whose values are percent-encoded, so that none of them reaches beyond its place: `` path`/matters/${id}` ``.
 * Throws `InvalidApiCall` for a value that is empty, '.' or '..', or that a number cannot hold exactly.
 */
export function path(template: TemplateStringsArray, ...values: readonly PathValue[]): string {
  if (!Array.isArray(template?.raw))
    throw new InvalidApiCall(
      'Write a path as a tagged template, without parentheses: smokeball.path`/matters/$' + '{id}`.',
    )
  return template
    .map((text, index) =>
      index === 0 ? text : encoded(values[index - 1], `Value ${index} of the path`) + text,
    )
    .join('')
}

/** A value as it stands in a path. `what` names it in the error. Throws `InvalidApiCall`, as `path` does. */
export function encoded(value: unknown, what: string): string {
  const problem = problemOfValue(value)
  if (problem === undefined) return encodeURIComponent(String(value))
  throw new InvalidApiCall(
    `${what} ${problem}. Give an id: a text that is not empty, not '.' and not '..', a number or a bigint.`,
  )
}

function problemOfValue(value: unknown): string | undefined {
  if (typeof value === 'bigint') return undefined
  if (typeof value === 'number')
    return Math.abs(value) <= Number.MAX_SAFE_INTEGER
      ? undefined
      : `is the number ${value}, which is none or may have lost digits`
  if (typeof value !== 'string') return `is ${value === null ? 'null' : `of type ${typeof value}`}`
  if (value === '') return 'is empty'
  if (value === '.' || value === '..') return `is '${value}'`
  return value.isWellFormed() ? undefined : 'has half a character in it'
}

/**
 * The address of a path (and query) of the API. `account` goes before it where the client has to say for whom it acts.
 * `accountId` is whose path it is, also where that goes without saying. Throws `InvalidApiCall`, as `checkPath` does.
 */
export function apiUrl(
  base: string,
  account: string | undefined,
  path: string,
  accountId: string | undefined = account,
): string {
  checkPath(path, accountId)
  if (account === undefined) return base + path
  if (account === '' || isDots(account)) throw new InvalidApiCall('The account is no account id.')
  return `${base}/${encodeURIComponent(account)}${path}`
}

/** Throws `InvalidApiCall` for a path that would lead to another host, account or resource than it seems to. */
export function checkPath(path: unknown, accountId: string | undefined): void {
  const problem = problemOf(path, accountId)
  if (problem)
    throw new InvalidApiCall(
      `The path ${problem}. Pass one like '/matters/ID?Limit=10', made by smokeball.path\`…\` if there are ids in it; host and account are added.`,
    )
}

function problemOf(path: unknown, accountId: string | undefined): string | undefined {
  if (typeof path !== 'string') return 'is not a text'
  if (/^[a-z][a-z\d+.-]*:/i.test(path)) return 'is a whole address'
  if (!path.startsWith('/') || path.startsWith('//')) return 'does not begin with one slash'
  // A URL parser takes a backslash for a slash, drops tabs and newlines, and cuts at a hash.
  if (!/^[^\\#\s\p{Cc}]*$/u.test(path)) return 'has a backslash, a hash, a space or a control character in it'
  if (!path.isWellFormed()) return 'has half a character in it'
  const readings = readingsOf(path.split('?', 1)[0] ?? '')
  if (!readings) return `is encoded more than ${mostDecodings} times`
  if (readings.some((segments) => segments.some(isDots))) return "has '.' or '..' as a part"
  // Some servers take several slashes for one.
  if (readings.some((segments) => segments.slice(1, -1).map(nameOf).includes(''))) return 'has an empty part'
  const [, first = '', second = ''] = readings.at(-1)?.map(nameOf) ?? []
  const isOwn =
    accountId !== undefined && readings.some((segments) => nameOf(segments[1] ?? '') === accountId)
  return isOwn || isCollection(first, second)
    ? undefined
    : "begins with what is no collection of Smokeball's API, such as another account"
}

/** Servers on the way may decode a path more than once. */
const mostDecodings = 3

/** The parts of a path as it stands, and as whoever decodes it once or several times reads it; undefined if that has no end. */
function readingsOf(path: string): string[][] | undefined {
  const readings = [path]
  for (let decodings = 0; decodings <= mostDecodings; decodings++) {
    const before = readings.at(-1) ?? ''
    const decoded = before.replace(/%([0-7][\da-f])/gi, (_, hex) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    if (decoded === before) return readings.map((reading) => reading.replace(/[\t\n\r]/g, '').split(/[/\\]/))
    readings.push(decoded)
  }
  return undefined
}

function isDots(segment: string): boolean {
  return /^\.{1,2}$/.test(nameOf(segment))
}

/** What a part names: some servers cut it at a semicolon, or drop the space around it. */
function nameOf(segment: string): string {
  return (segment.split(';', 1)[0] ?? '').trim()
}

/** What paths of the API begin with, by its OpenAPI of August 2026. */
const collections = new Set(
  (
    'activitycodes bankaccounts contacts events firm firmusers groups intake layouts matters mattertypes notifications ' +
    'plugins policies referraltypes search staff stages stagesets subscriptions tasks users webhooks'
  ).split(' '),
)

/**
 * Whether a path begins with a collection, by its first two parts, and not with an account: `/another-firm/matters` would leave
 * the event's account where that is not put before the path. A collection that a later API adds passes, since its name is a
 * word, and account ids are mostly none; unless a collection follows it.
 */
function isCollection(first: string, second: string): boolean {
  if (collections.has(first.toLowerCase())) return true
  return /^[a-z-]+$/.test(first) && !collections.has(second.toLowerCase())
}
