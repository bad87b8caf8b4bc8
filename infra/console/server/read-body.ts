import type { Context } from 'hono'
import { Refused } from './refused.ts'

/** What a request asks for. Throws `Refused` unless it is a JSON object of these members and no others. */
export async function readBody(c: Context, names: readonly string[]): Promise<Record<string, unknown>> {
  const body: unknown = await c.req.json().catch(() => undefined)
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Refused(400, `Send a JSON object with ${names.join(', ')}.`)
  const other = Object.keys(body).find((name) => !names.includes(name))
  if (other === undefined) return body as Record<string, unknown>
  throw new Refused(400, `The body may hold ${names.join(', ')}, and nothing else.`)
}
