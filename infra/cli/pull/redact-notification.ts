import { readEnvelope } from '../../../shared/envelope.ts'
import { type JsonValue, parseLossless } from '../../../shared/lossless-json.ts'
import { indentedJson } from '../../indented-json.ts'
import { isKeptName, isKeptValue, isMap } from './kept-values.ts'
import { type Placeholders, placeholders } from './placeholders.ts'

/**
 * A notification without what tells of people: what is known to be harmless stays (structure, numbers, dates, words that
 * Smokeball lists, the event type), ids become other ids, and every other text a placeholder. The same text always becomes
 * the same. Throws `NotANotification`.
 */
export function redactNotification(text: string): string {
  const { type } = readEnvelope(text)
  const shownType = /^[A-Za-z]+(\.[A-Za-z]+)?$/.test(type) ? type : 'redacted'
  const members = parseLossless(text) as { [name: string]: JsonValue }
  const redacted = redact({ ...members, type: null }, '', placeholders()) as typeof members
  return `${indentedJson({ ...redacted, type: shownType })}\n`
}

/** `property`: the one that it is the value of; of an entry of a list, the list's. */
function redact(value: JsonValue, property: string, stand: Placeholders, isEntry = false): JsonValue {
  if (typeof value === 'string')
    return isKeptValue(property, value) ? value : stand.of(value, /^id$|Ids?$/.test(property))
  if (Array.isArray(value)) return value.map((entry) => redact(entry, property, stand, true))
  if (typeof value !== 'object' || value === null) return value
  const isKept = isEntry || !isMap(property) ? isKeptName : () => false
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      isKept(name) ? name : stand.of(name, false),
      redact(member, name, stand),
    ]),
  )
}
