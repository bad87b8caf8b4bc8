import { parseRounding } from './lossless-json.ts'

const quote = 34
const backslash = 92
const comma = 44
const openBrace = 123
const closeBrace = 125
const openBracket = 91
const closeBracket = 93

/**
 * The exact text of top-level members of a JSON object: what `JSON.parse` would round or reformat.
 *
 * `json` must be a valid JSON document (`JSON.parse` took it) whose root is an object. Agrees with
 * `JSON.parse`: keys may be escaped, nested keys do not count, and of duplicate keys the last wins.
 * Returns the texts of those `names` that are there. One pass over the text, no copy but of the results.
 */
export function scanTopLevel<const N extends string>(
  json: string,
  names: readonly N[],
): Partial<Record<N, string>> {
  const found: Partial<Record<N, string>> = Object.create(null)
  let at = skipSpace(json, json.indexOf('{') + 1)
  while (json.charCodeAt(at) === quote) {
    const keyEnd = skipString(json, at)
    const name = keyAt(json, at, keyEnd) as N
    const start = skipSpace(json, skipSpace(json, keyEnd) + 1)
    const end = skipValue(json, start)
    if (names.includes(name)) found[name] = json.slice(start, end)
    at = skipSpace(json, end)
    if (json.charCodeAt(at) === comma) at = skipSpace(json, at + 1)
  }
  return found
}

function keyAt(json: string, start: number, end: number): string {
  const raw = json.slice(start + 1, end - 1)
  return raw.includes('\\') ? (parseRounding(`"${raw}"`) as string) : raw
}

function skipSpace(json: string, from: number): number {
  let at = from
  while (json.charCodeAt(at) <= 32) at++
  return at
}

/** From an opening quote to just behind its closing one. */
function skipString(json: string, from: number): number {
  let at = json.indexOf('"', from + 1)
  while (isEscaped(json, at)) at = json.indexOf('"', at + 1)
  return at + 1
}

function isEscaped(json: string, at: number): boolean {
  let first = at
  while (json.charCodeAt(first - 1) === backslash) first--
  return (at - first) % 2 === 1
}

function skipValue(json: string, from: number): number {
  const first = json.charCodeAt(from)
  if (first === quote) return skipString(json, from)
  if (first === openBrace || first === openBracket) return skipNested(json, from)
  let at = from
  for (let code = first; code > 32 && code !== comma && code !== closeBrace; code = json.charCodeAt(at)) at++
  return at
}

function skipNested(json: string, from: number): number {
  let depth = 0
  let at = from
  do {
    const code = json.charCodeAt(at)
    if (code === quote) {
      at = skipString(json, at)
      continue
    }
    if (code === openBrace || code === openBracket) depth++
    else if (code === closeBrace || code === closeBracket) depth--
    at++
  } while (depth > 0)
  return at
}
