/** What JSON holds, with integers beyond 2^53 as `bigint`. */
export type JsonValue = null | boolean | number | bigint | string | JsonValue[] | { [key: string]: JsonValue }

export const quote = 34
const backslash = 92
export const comma = 44
const colon = 58
export const openBrace = 123
export const closeBrace = 125
export const openBracket = 91
export const closeBracket = 93

/**
 * Does what `JSON.parse` is meant to do, and rounds integers beyond 2^53. It is for the receiver, which takes exact texts from
 * `scanTopLevel` and needs no number but those. Throws `SyntaxError`.
 */
export function parseRounding(text: string): unknown {
  const json = withoutByteOrderMark(text)
  if (!hasEscapedKey(json)) return JSON.parse(json)
  checkValid(json)
  return readValid(json, Number)
}

/**
 * Parses JSON so that no digit of an integer is lost: those beyond 2^53 become `bigint` (of up to 1,000 digits), all else is
 * as `JSON.parse` has it. A document with a long number, or with a backslash in a name, takes two to five times as long as by
 * `JSON.parse`, eight when it is long numbers alone, and as much memory. Throws `SyntaxError`, or `RangeError` on such a
 * document that is nested thousands deep.
 */
export function parseLossless(text: string): JsonValue {
  const json = withoutByteOrderMark(text)
  if (isPlain(json)) return JSON.parse(json)
  checkValid(json)
  return readValid(json, exactNumber)
}

/**
 * A document that is only to be written again, by `stringifyLossless`, with each number as it stands in `text`: `1.0`,
 * `1e400`, any digits. Throws as `parseLossless`.
 */
export function parseAsWritten(text: string): unknown {
  const json = withoutByteOrderMark(text)
  checkValid(json)
  return readValid(json, rawNumber)
}

/** Does what `parseLossless` does with a document that was parsed before, and is not checked again. */
export function parseValid(json: string): JsonValue {
  return isPlain(json) ? JSON.parse(json) : readValid(json, exactNumber)
}

/**
 * The text behind a byte order mark: some programs write one, and it is no part of what they write. RFC 8259, section 8.1,
 * lets a reader of JSON ignore it.
 */
export function withoutByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

/** Its result is gone when this returns: two of a document would take more memory than a function has. */
function checkValid(json: string): void {
  JSON.parse(json)
}

/** `JSON.parse` does it right. */
function isPlain(json: string): boolean {
  return !/\d{16}/.test(json) && !hasEscapedKey(json)
}

/** Writes JSON in which every digit of a `bigint` is kept. Undefined members are left out, as `JSON.stringify` does. */
export function stringifyLossless(value: unknown): string {
  const keepDigits = (_key: string, member: unknown) =>
    typeof member === 'bigint' ? rawNumber(member) : member
  return JSON.stringify(value, keepDigits)
}

/**
 * Makes plain `JSON.stringify` write a `bigint` as a number with all its digits, for this process: the first
 * thing that a handler does with a payload is to send it on.
 */
export function letJsonStringifyTakeBigInt(): void {
  Object.defineProperty(BigInt.prototype, 'toJSON', {
    value(this: bigint) {
      return rawNumber(this)
    },
    configurable: true,
    writable: true,
  })
}

/** To make a `bigint` of millions of digits, or a text of it, takes seconds: what is longer is as `JSON.parse` has it. */
const mostDigits = 1_000

function exactNumber(text: string): number | bigint {
  const number = Number(text)
  if (Number.isSafeInteger(number) || text.length > mostDigits || !/^-?\d+$/.test(text)) return number
  return BigInt(text)
}

/**
 * Whether a member's name is written with a backslash. V8 may give such a name another text when a like one was parsed
 * before (https://github.com/nodejs/node/issues/63785), so these documents are read by `readValid`.
 */
function hasEscapedKey(json: string): boolean {
  for (let slash = json.indexOf('\\'); slash >= 0; ) {
    // It stands in a string, as far as the document is valid: the next quote that is not escaped ends that.
    const end = skipString(json, slash)
    if (json.charCodeAt(skipSpace(json, end)) === colon) return true
    slash = json.indexOf('\\', end)
  }
  return false
}

/** What JSON holds, with its numbers as a reader makes them. */
type Read<Digits> = null | boolean | string | Digits | Read<Digits>[] | { [key: string]: Read<Digits> }

/** Reads a document that `JSON.parse` has taken. */
function readValid<Digits>(json: string, toNumber: (text: string) => Digits): Read<Digits> {
  let at = skipSpace(json, 0)
  return value()

  function value(): Read<Digits> {
    const code = json.charCodeAt(at)
    if (code === openBrace) return object()
    if (code === openBracket) return array()
    const start = at
    if (code === quote) {
      at = skipString(json, start)
      return textAt(json, start, at)
    }
    while (isOfToken(json.charCodeAt(at))) at++
    return literal(json.slice(start, at))
  }

  function literal(token: string): Read<Digits> {
    if (token === 'true') return true
    if (token === 'false') return false
    return token === 'null' ? null : toNumber(token)
  }

  function object(): Read<Digits> {
    const members: { [key: string]: Read<Digits> } = {}
    at = skipSpace(json, at + 1)
    while (json.charCodeAt(at) !== closeBrace) {
      const end = skipString(json, at)
      const key = textAt(json, at, end)
      at = skipSpace(json, skipSpace(json, end) + 1)
      const member = value()
      // An assignment would make it the prototype.
      if (key === '__proto__') Object.defineProperty(members, key, { ...ownMember, value: member })
      else members[key] = member
      skipComma()
    }
    at++
    return members
  }

  function array(): Read<Digits> {
    const items: Read<Digits>[] = []
    at = skipSpace(json, at + 1)
    while (json.charCodeAt(at) !== closeBracket) {
      items.push(value())
      skipComma()
    }
    at++
    // The first `push` makes room for 17.
    return items.length < 17 ? items.slice() : items
  }

  function skipComma(): void {
    at = skipSpace(json, at)
    if (json.charCodeAt(at) === comma) at = skipSpace(json, at + 1)
  }
}

const ownMember = { enumerable: true, configurable: true, writable: true }

/** Whether a character is one of a number, `true`, `false` or `null`, and not what ends it. */
export function isOfToken(code: number): boolean {
  return code > 32 && code !== comma && code !== closeBrace && code !== closeBracket
}

/** The text of the string that stands between these two places, quotes included. */
export function textAt(json: string, start: number, end: number): string {
  const raw = json.slice(start + 1, end - 1)
  return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw
}

export function skipSpace(json: string, from: number): number {
  let at = from
  while (json.charCodeAt(at) <= 32) at++
  return at
}

/** From an opening quote to just behind its closing one, or to the end of a text that has none. */
export function skipString(json: string, from: number): number {
  let at = json.indexOf('"', from + 1)
  while (at >= 0 && isEscaped(json, at)) at = json.indexOf('"', at + 1)
  return at < 0 ? json.length : at + 1
}

function isEscaped(json: string, at: number): boolean {
  let first = at
  while (json.charCodeAt(first - 1) === backslash) first--
  return (at - first) % 2 === 1
}

/** `JSON.rawJSON` comes from the same proposal. */
function rawNumber(value: bigint | string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(value.toString())
}
