import { eventReference, keyPart } from '../event/event-identity.ts'
import { stringifyLossless } from '../event/lossless-json.ts'

/** The mark that each line has in front does not count. */
const maxBytes = 200

/** Fields of a log line, in the order in which they are written; undefined ones are left out. */
export type LineFields = Record<string, string | number | undefined>

/**
 * The one structured line a delivery or an event: what it became, and which it was. Metric filters count on these
 * lines, and at a million events their bytes cost more than the compute: at most 200, for which `resource` is cut
 * (then it ends with `…`). `resource` is `account|id`, since `type` holds the kind.
 */
export function canonicalLine(fields: LineFields): LineFields {
  const line: LineFields = {}
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) line[name] = typeof value === 'string' ? lineText(value) : value
  for (const field of ['resource', 'type']) {
    const over = lineBytes(line) - maxBytes
    if (over <= 0) break
    const text = line[field]
    if (typeof text === 'string') line[field] = cut(text, over)
  }
  return line
}

/** Cuts a text to what a line has room for, since its sender may have made it as long as they like. */
export function lineText(text: string): string {
  return text.length <= maxBytes ? text : `${text.slice(0, maxBytes - 1).toWellFormed()}…`
}

/** How many bytes the line takes inside Lambda's JSON log record. */
export function lineBytes(line: LineFields): number {
  return Object.entries(line).reduce((sum, [name, value]) => sum + name.length + 4 + fieldBytes(value), 1)
}

/**
 * Resource and event as lines name them; the event by its reference, by which commands and the console find it. That of a
 * copy of it holds when the copy was received, and finds the event all the same.
 */
export function lineIds(of: {
  accountId: string
  resource: { id: string }
  eventId: string
  receivedEpochMs: number
}): { resource: string; id: string } {
  return {
    resource: `${keyPart(of.accountId)}|${keyPart(of.resource.id)}`,
    id: eventReference(of),
  }
}

function fieldBytes(value: string | number | undefined): number {
  if (typeof value !== 'string') return String(value).length
  return 2 + escapedBytes(value)
}

/** Most lines hold nothing that JSON escapes; only a type can. */
function escapedBytes(text: string): number {
  return /^[\w.|%#…~!'()*-]*$/.test(text)
    ? Buffer.byteLength(text)
    : Buffer.byteLength(stringifyLossless(text)) - 2
}

function cut(text: string, over: number): string {
  const keep = text.length - over - 3
  return keep > 0 ? `${text.slice(0, keep).toWellFormed()}…` : '…'
}
