import type { Answer, Call } from './call.ts'
import { Problem } from './problem.ts'

const maxLimit = 500

/** What points at something of the API. */
export interface Link {
  id?: string
  href: string
  relation: string
  method: string
}

/** The part of a list that a call asks for. Throws a `Problem` for an `Offset` or `Limit` out of range. */
export function page<T>(url: string, call: Call, list: readonly T[]): Answer {
  const offset = inRange(call, 'Offset', 0, 0, 2 ** 31 - 1)
  const limit = inRange(call, 'Limit', maxLimit, 1, maxLimit)
  const size = list.length
  const lastOffset = Math.max(0, Math.ceil(size / limit) - 1) * limit
  const link = (at: number): Link => ({
    href: `${url}${call.pathname}?Offset=${at}&Limit=${limit}`,
    relation: 'Page',
    method: 'GET',
  })
  return {
    status: 200,
    body: {
      value: list.slice(offset, offset + limit),
      offset,
      limit,
      size,
      first: link(0),
      previous: offset > 0 ? link(Math.max(0, offset - limit)) : null,
      next: offset + limit < size ? link(offset + limit) : null,
      last: link(lastOffset),
    },
  }
}

function inRange({ query }: Call, name: string, otherwise: number, min: number, max: number): number {
  const given = [...query].find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
  if (given === undefined) return otherwise
  const value = Number(given)
  if (/^\d+$/.test(given) && value >= min && value <= max) return value
  const message = `Must be a whole number from ${min} to ${max}.`
  throw new Problem(400, `${name} is out of range.`, { errors: [{ field: name, message }] })
}
