import { InvalidApiCall } from './api-errors.ts'
import { encoded } from './api-url.ts'

/** What a typed call takes: ids of the path, and parameters of the query in camel case. */
export type Params = Readonly<Record<string, unknown>>

/**
 * A path with its ids, and a query of what is left: `/matters/{matterId}` and `{ matterId, fields }`. What is undefined is left
 * out; an array is its parameter repeated. `query` is what stands there unless `params` has it. Throws `InvalidApiCall` for an id
 * that is missing, and for what no query can hold.
 */
export function requestPath(template: string, params: Params, query = new URLSearchParams()): string {
  if (typeof template !== 'string' || /[?#]/.test(template))
    throw new InvalidApiCall(
      "Give a path alone, such as '/contacts', and what its query holds as parameters.",
    )
  const inPath = new Set<string>()
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    inPath.add(name)
    return encoded(params[name], `${name} of ${template}`)
  })
  for (const [name, value] of Object.entries(params)) if (!inPath.has(name)) put(query, name, value)
  const search = query.toString()
  return search === '' ? path : `${path}?${search}`
}

function put(query: URLSearchParams, name: string, given: unknown): void {
  if (given === undefined) return
  const sent = sentName(name)
  query.delete(sent)
  for (const value of Array.isArray(given) ? given : [given]) query.append(sent, valueText(name, value))
}

/** Smokeball's description writes them so; it takes small letters, too. */
export function sentName(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

function valueText(name: string, value: unknown): string {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return `${value.toISOString().slice(0, 19)}Z`
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint') return `${value}`
  if (Number.isSafeInteger(value)) return `${value}`
  throw new InvalidApiCall(
    `The parameter ${name} is no text, whole number, boolean or valid Date: leave it out, or give one of these.`,
  )
}
