import { readEnvelope } from '../../../shared/envelope.ts'
import { indented } from '../../indented-json.ts'
import { isKeptName, isKeptValue, isMap, keptOfType } from './kept-values.ts'
import { placeholders } from './placeholders.ts'

export interface Redacted {
  /** The notification, indented. */
  text: string
  type: string
  /** Values that stayed as they were, each once: `source: Smokeball`. */
  kept: string[]
  /** Names of fields that stayed. */
  keptNames: string[]
}

/** An object or a list that is not over yet. */
interface Place {
  isList: boolean
  /** Whose value this is; of an entry of a list, the list's. */
  property: string
  /** Its names are values. */
  isMap: boolean
  /** The member that is being read. */
  name: string
  /** What comes next is the name of a member. */
  expectsName: boolean
}

const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]/gs

/**
 * A notification of which nothing stays but what Smokeball's schemas name: names of fields, listed values, known types of
 * events; and moments in ticks, yes, no, null, 0 and empty texts. Ids, dates, numbers and texts become others of the same
 * form and length, other names `key1`: the same always becomes the same. It goes along the text and does not read it into
 * objects, so that members that are there twice and digits that would be rounded come through. Throws `NotANotification`.
 */
export function redactNotification(text: string): Redacted {
  const { type } = readEnvelope(text)
  const stand = placeholders()
  const [kept, keptNames] = [new Set<string>(), new Set<string>()]
  const places: Place[] = []
  const parts: string[] = []
  for (const [token] of text.matchAll(tokens)) {
    const place = places.at(-1)
    parts.push(
      place?.expectsName && token.startsWith('"') ? shownName(place, JSON.parse(token)) : shown(token),
    )
    if (token === '{' || token === '[') places.push(placeIn(place, token === '['))
    else if (token === '}' || token === ']') places.pop()
    else if (place) place.expectsName = token === ',' && !place.isList
  }
  return {
    text: `${indented(parts.join(''))}\n`,
    type: shownType(type),
    ...{ kept: [...kept], keptNames: [...keptNames] },
  }

  function shownName(place: Place, name: string): string {
    place.name = name
    const isKept = !place.isMap && isKeptName(name)
    if (isKept) keptNames.add(name)
    return JSON.stringify(isKept ? name : stand.name(name))
  }

  function shown(token: string): string {
    const isText = token.startsWith('"')
    if (!isText && !/^[-\d]/.test(token)) return token
    const value: string = isText ? JSON.parse(token) : token
    const place = places.at(-1)
    const property = (place?.isList ? place.property : place?.name) ?? ''
    if (isText && property === 'type' && places.length === 1) return JSON.stringify(shownType(value))
    if (!isKeptValue(property, value)) return isText ? JSON.stringify(stand.text(value)) : stand.number(token)
    kept.add(`${property}: ${value}`)
    return token
  }

  function shownType(type: string): string {
    const known = keptOfType(type)
    if (known !== '') kept.add(`type: ${known}`)
    return known + stand.text(type.slice(known.length))
  }
}

function placeIn(around: Place | undefined, isList: boolean): Place {
  const property = (around?.isList ? around.property : around?.name) ?? ''
  // Entries of a list that is a map's are objects as any other.
  return { isList, property, isMap: !around?.isList && isMap(property), name: '', expectsName: !isList }
}
