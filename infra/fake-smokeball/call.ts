import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { type JsonValue, parseLossless } from '../../shared/event/lossless-json.ts'
import { pathParts, requestTarget } from '../http/request-target.ts'
import { Problem } from './problem.ts'

/** A request to the API or for a token. */
export interface Call {
  method: string
  /** As sent, without the query. */
  pathname: string
  /** Its parts, decoded, without the account in front. */
  path: readonly string[]
  /** The account that the path names in front of all else. */
  pathAccountId: string | undefined
  query: URLSearchParams
  headers: IncomingHttpHeaders
  body: string
}

export interface Answer {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

/** Reads a request. `roots`: first parts of paths; what stands in front of one is an account. */
export async function readCall(request: IncomingMessage, roots: readonly string[]): Promise<Call> {
  const { pathname, query } = requestTarget(request)
  const parts = pathParts(pathname)
  const [first, ...rest] = parts
  const namesAccount = !roots.includes(first ?? '') && roots.includes(rest[0] ?? '')
  return {
    method: request.method ?? 'GET',
    pathname,
    path: namesAccount ? rest : parts,
    pathAccountId: namesAccount ? first : undefined,
    query: new URLSearchParams(query),
    headers: request.headers,
    body: await text(request),
  }
}

/** The object that a call's body holds. Throws a `Problem`. */
export function bodyObject({ body }: Call): Record<string, JsonValue> {
  let parsed: JsonValue
  try {
    parsed = parseLossless(body)
  } catch {
    throw new Problem(400, 'The body is not JSON.', { errors: [{ field: '', message: 'Not JSON.' }] })
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new Problem(400, 'The body is no object.', { errors: [{ field: '', message: 'Not an object.' }] })
  }
  return parsed
}

/** The header `RequestId`, which a caller need not set. */
export function requestIdOf({ headers }: Call): string | undefined {
  const given = headers.requestid
  return typeof given === 'string' && given !== '' ? given : undefined
}

/** The header `X-Fake-Fail`, by which the caller of a write has it accepted and fail later, with this message. */
export function failureAskedFor({ headers }: Pick<Call, 'headers'>): string | undefined {
  const given = headers['x-fake-fail']
  return typeof given === 'string' && given !== '' ? given : undefined
}
