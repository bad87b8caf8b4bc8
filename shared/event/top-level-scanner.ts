import {
  closeBrace,
  closeBracket,
  comma,
  isOfToken,
  openBrace,
  openBracket,
  quote,
  skipSpace,
  skipString,
  textAt,
} from './lossless-json.ts'

/** Levels of a document, its root included. What nests deeper takes a hundred times its length in memory when it is parsed. */
export const mostLevels = 100

export class NestedTooDeep extends RangeError {
  readonly code = 'NESTED_TOO_DEEP'

  constructor() {
    super(`It is nested deeper than ${mostLevels} levels`)
    this.name = 'NestedTooDeep'
  }
}

/**
 * The exact text of top-level members of a JSON object: what `JSON.parse` would round or reformat.
 *
 * Agrees with `JSON.parse` on every valid document: keys may be escaped, nested keys do not count, and of duplicate keys
 * the last wins. Of a document that `JSON.parse` refuses, the result means nothing. Returns the texts of those `names`
 * that are there, none when the root is no object. One pass over the text, no copy but of the results. Throws
 * `NestedTooDeep`, so that nothing has to be parsed for that.
 */
export function scanTopLevel<const N extends string>(
  json: string,
  names: readonly N[],
): Partial<Record<N, string>> {
  const found: Partial<Record<N, string>> = Object.create(null)
  const root = skipSpace(json, json.startsWith('\uFEFF') ? 1 : 0)
  if (json.charCodeAt(root) !== openBrace) {
    skipValue(json, root, mostLevels)
    return found
  }
  let at = skipSpace(json, root + 1)
  while (json.charCodeAt(at) === quote) {
    const keyEnd = skipString(json, at)
    const name = textAt(json, at, keyEnd) as N
    const start = skipSpace(json, skipSpace(json, keyEnd) + 1)
    const end = skipValue(json, start, mostLevels - 1)
    if (names.includes(name)) found[name] = json.slice(start, end)
    at = skipSpace(json, end)
    if (json.charCodeAt(at) === comma) at = skipSpace(json, at + 1)
  }
  return found
}

/**
 * The exact texts of the members of a JSON array, in their order. As with `scanTopLevel`, it means nothing of a document that
 * `JSON.parse` refuses. Returns none when the root is no array. Throws `NestedTooDeep`.
 */
export function scanMembers(json: string): string[] {
  const found: string[] = []
  const root = skipSpace(json, json.startsWith('\uFEFF') ? 1 : 0)
  if (json.charCodeAt(root) !== openBracket) return found
  for (let at = skipSpace(json, root + 1); at < json.length && json.charCodeAt(at) !== closeBracket; ) {
    const end = skipValue(json, at, mostLevels - 1)
    found.push(json.slice(at, end))
    at = skipSpace(json, end)
    if (json.charCodeAt(at) === comma) at = skipSpace(json, at + 1)
    // Only a document that is not valid has something else there.
    else if (json.charCodeAt(at) !== closeBracket) break
  }
  return found
}

function skipValue(json: string, from: number, levels: number): number {
  const first = json.charCodeAt(from)
  if (first === quote) return skipString(json, from)
  if (first === openBrace || first === openBracket) return skipNested(json, from, levels)
  let at = from
  for (let code = first; isOfToken(code); code = json.charCodeAt(at)) at++
  return at
}

function skipNested(json: string, from: number, levels: number): number {
  let depth = 0
  let at = from
  do {
    const code = json.charCodeAt(at)
    if (code === quote) {
      at = skipString(json, at)
      continue
    }
    if (code === openBrace || code === openBracket) {
      depth++
      if (depth > levels) throw new NestedTooDeep()
    } else if (code === closeBrace || code === closeBracket) depth--
    at++
  } while (depth > 0 && at < json.length)
  return at
}
