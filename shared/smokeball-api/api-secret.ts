import { parseRounding } from '../event/lossless-json.ts'

export interface RequestIdKey {
  key: string
  /** Milliseconds since 1970. */
  untilEpochMs: number
}

/** What every reader of the API's secret needs: its fields, and the keys by which our own RequestIds are known. */
export interface ApiSecret {
  fields: Readonly<Record<string, unknown>>
  /** The first makes new ones. */
  requestIdKeys: readonly [RequestIdKey, ...RequestIdKey[]]
}

/** Its message says what is wrong with the secret and quotes nothing of it. */
export class InvalidApiSecret extends Error {
  readonly code = 'INVALID_API_SECRET'

  constructor(problem: string) {
    super(problem)
    this.name = 'InvalidApiSecret'
  }
}

/**
 * Reads the text of the API's secret: `{ requestIdKey, previousRequestIdKeys?: [{ key, until }], … }`, `until` an
 * ISO 8601 time. Throws `InvalidApiSecret`.
 */
export function parseApiSecret(text: string | undefined): ApiSecret {
  const fields = parseObject(text)
  const { requestIdKey, previousRequestIdKeys = [] } = fields
  if (!isText(requestIdKey)) throw new InvalidApiSecret('`requestIdKey` is missing or empty')
  const previous = Array.isArray(previousRequestIdKeys) ? previousRequestIdKeys : [undefined]
  const current = { key: requestIdKey, untilEpochMs: Number.POSITIVE_INFINITY }
  return { fields, requestIdKeys: [current, ...previous.map(previousKey)] }
}

function previousKey(each: { key?: unknown; until?: unknown } | null | undefined): RequestIdKey {
  const untilEpochMs = Date.parse(String(each?.until))
  if (isText(each?.key) && !Number.isNaN(untilEpochMs)) return { key: each.key, untilEpochMs }
  throw new InvalidApiSecret('`previousRequestIdKeys` is not a list of { key, until }')
}

function parseObject(text: string | undefined): Record<string, unknown> {
  try {
    const parsed = parseRounding(text ?? '')
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>
  } catch {
    // Its SyntaxError would quote the secret.
  }
  throw new InvalidApiSecret('it is not a JSON object')
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
