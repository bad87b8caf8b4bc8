import { STATUS_CODES } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { ContentfulStatusCode, StatusCode } from 'hono/utils/http-status'
import { type JsonValue, parseLossless, stringifyLossless } from '../../shared/event/lossless-json.ts'

/** Who calls, and for which firm. */
export interface Caller {
  clientId: string
  accountId: string
}

/** The routes of the API know this of a call. */
export interface ApiEnv {
  Bindings: HttpBindings
  Variables: {
    /** The path as it was sent, without the query. */
    pathname: string
    /** The account that the path names in front of all else. */
    pathAccountId: string | undefined
    /** It is known once the call has been authorized. */
    caller: Caller
  }
}

export type Call = Context<ApiEnv>

const bodiless = [204, 205, 304]

/** Answers with JSON that keeps large integers, or with no body. */
export function answer(
  call: Call,
  status: number,
  body?: unknown,
  headers: Record<string, string> = {},
): Response {
  if (body === undefined || bodiless.includes(status)) return call.body(null, status as StatusCode, headers)
  const type = 'application/json; charset=utf-8'
  return call.body(stringifyLossless(body), status as ContentfulStatusCode, {
    'content-type': type,
    ...headers,
  })
}

/** One thing that is wrong with a request. */
export interface FieldError {
  field: string
  message: string
}

/** A refusal, answered as an RFC 7807 document whose `errors` is an array of objects. */
export class Problem extends Error {
  readonly code = 'PROBLEM'
  readonly status: number
  readonly errors: readonly FieldError[]
  readonly headers: Record<string, string>

  constructor(
    status: number,
    detail: string,
    { errors = [], headers = {} }: { errors?: readonly FieldError[]; headers?: Record<string, string> } = {},
  ) {
    super(detail)
    this.name = 'Problem'
    this.status = status
    this.errors = errors
    this.headers = headers
  }

  answer(call: Call): Response {
    const { status, message: detail, errors } = this
    const type = `https://httpstatuses.com/${status}`
    const body = { type, title: STATUS_CODES[status] ?? 'Error', status, detail, errors }
    const contentType = 'application/problem+json; charset=utf-8'
    return answer(call, status, body, { 'content-type': contentType, ...this.headers })
  }
}

/** Returns what the body of a call holds; undefined where there is no body. Throws a `Problem` where it is not JSON. */
export async function bodyOf(call: Call): Promise<JsonValue | undefined> {
  const text = await call.req.text()
  if (text === '') return undefined
  try {
    return parseLossless(text)
  } catch {
    throw notJson()
  }
}

/** Returns the object that the body of a call holds. Throws a `Problem` where it holds none. */
export async function bodyObject(call: Call): Promise<Record<string, JsonValue>> {
  const body = await bodyOf(call)
  if (body === undefined) throw notJson()
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Problem(400, 'The body is no object.', { errors: [{ field: '', message: 'Not an object.' }] })
  return body
}

function notJson(): Problem {
  return new Problem(400, 'The body is not JSON.', { errors: [{ field: '', message: 'Not JSON.' }] })
}

/** Returns the header `RequestId`, which a caller need not set. */
export function requestIdOf(call: Call): string | undefined {
  return call.req.header('RequestId') || undefined
}

/** Returns a parameter of the query. Its name may be written in capitals or not. */
export function queryOf(call: Call, name: string): string | undefined {
  const { searchParams } = new URL(call.req.url)
  return [...searchParams].find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
}

/** Returns all values of a parameter of the query that may be repeated. */
export function queryAll(call: Call, name: string): string[] {
  const { searchParams } = new URL(call.req.url)
  return [...searchParams]
    .filter(([key]) => key.toLowerCase() === name.toLowerCase())
    .map(([, value]) => value)
}

const maxLimit = 500

/** A link to something of the API. */
export interface Link {
  id?: string
  href: string
  relation: string
  method: string
}

/** Answers with the part of a list that a call asks for. Throws a `Problem` for an `Offset` or `Limit` out of range. */
export function page<T>(call: Call, url: string, list: readonly T[]): Response {
  const offset = inRange(call, 'Offset', 0, 0, 2 ** 31 - 1)
  const limit = inRange(call, 'Limit', maxLimit, 1, maxLimit)
  const size = list.length
  const lastOffset = Math.max(0, Math.ceil(size / limit) - 1) * limit
  const link = (at: number): Link => ({
    href: `${url}${call.var.pathname}?Offset=${at}&Limit=${limit}`,
    relation: 'Page',
    method: 'GET',
  })
  return answer(call, 200, {
    value: list.slice(offset, offset + limit),
    offset,
    limit,
    size,
    first: link(0),
    previous: offset > 0 ? link(Math.max(0, offset - limit)) : null,
    next: offset + limit < size ? link(offset + limit) : null,
    last: link(lastOffset),
  })
}

function inRange(call: Call, name: string, otherwise: number, min: number, max: number): number {
  const given = queryOf(call, name)
  if (given === undefined) return otherwise
  const value = Number(given)
  if (/^\d+$/.test(given) && value >= min && value <= max) return value
  const message = `Must be a whole number from ${min} to ${max}.`
  throw new Problem(400, `${name} is out of range.`, { errors: [{ field: name, message }] })
}
