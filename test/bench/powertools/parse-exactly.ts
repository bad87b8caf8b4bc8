interface Source {
  source: string
}
type Reviver = (key: string, value: unknown, context: Source) => unknown

/** `JSON.parse`, but that an integer beyond 2^53 is a `bigint`: Smokeball's timestamps are. */
export function parseExactly(text: string): unknown {
  const reviver: Reviver = (_key, value, { source }) =>
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
      ? BigInt(source)
      : value
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown)
}
