/** What JSON holds, with integers beyond 2^53 as `bigint`. */
export type JsonValue = null | boolean | number | bigint | string | JsonValue[] | { [key: string]: JsonValue }

/**
 * `JSON.parse` as it is: rounds integers beyond 2^53. For the receiver, which takes exact texts from
 * `scanTopLevel` and needs no number but those. Throws `SyntaxError`.
 */
export function parseRounding(json: string): unknown {
  return JSON.parse(json)
}

/**
 * Parses JSON so that no digit of an integer is lost: those beyond 2^53 become `bigint`, all else is as
 * `JSON.parse` has it. Throws `SyntaxError`, or `RangeError` on a document nested thousands deep.
 */
export function parseLossless(json: string): JsonValue {
  // A reviver with source text costs eight times a plain parse: only documents with a long number pay it.
  return /\d{16}/.test(json) ? JSON.parse(json, reviveInteger as Reviver) : JSON.parse(json)
}

/**
 * Writes JSON in which every digit of a `bigint` is kept. Undefined members are left out, as `JSON.stringify` does. With
 * `indent`, each member has a line of its own.
 */
export function stringifyLossless(value: unknown, indent?: number): string {
  const keepDigits = (_key: string, member: unknown) =>
    typeof member === 'bigint' ? rawNumber(member) : member
  return JSON.stringify(value, keepDigits, indent)
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

type Reviver = (key: string, value: unknown) => unknown

/** The third argument is in V8 since 11.4, not yet in TypeScript's library: https://github.com/tc39/proposal-json-parse-with-source */
function reviveInteger(_key: string, value: unknown, context: { source?: string }): unknown {
  const isRounded = typeof value === 'number' && !Number.isSafeInteger(value)
  return isRounded && context.source && /^-?\d+$/.test(context.source) ? BigInt(context.source) : value
}

/** `JSON.rawJSON` comes from the same proposal. */
function rawNumber(value: bigint): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(value.toString())
}
