import { parseRounding } from '../../shared/event/lossless-json.ts'
import { scanTopLevel } from '../../shared/event/top-level-scanner.ts'

/**
 * JSON with the member at `path` set to `valueText`. All other values keep their exact text, so that no digit of
 * ticks is lost; only the space between members of the objects along the path goes. What is no object there becomes one.
 */
export function withMember(json: string, path: readonly string[], valueText: string): string {
  const [name, ...rest] = path
  if (name === undefined) return valueText
  const members = membersOf(json)
  members.set(name, withMember(members.get(name) ?? 'null', rest, valueText))
  return `{${[...members].map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`
}

function membersOf(json: string): Map<string, string> {
  const parsed = parseRounding(json)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return new Map()
  const names = Object.keys(parsed)
  const texts = scanTopLevel(json, names)
  return new Map(names.map((name) => [name, texts[name] ?? 'null']))
}
