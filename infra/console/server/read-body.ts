import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ConsoleEnv } from './console-env.ts'

/** Reads a request's body for its route (`c.req.valid('json')`). The page's types of what it sends come from here. */
export function checkedBody<Body extends object>(
  names: readonly string[],
  check: (body: Record<string, unknown>) => Body,
) {
  return createMiddleware<ConsoleEnv, string, { in: { json: Body }; out: { json: Body } }>(
    async function checkBodyBefore(c, next) {
      c.req.addValidatedData('json', check(await readBody(c, names)))
      await next()
    },
  )
}

/** What a request asks for. Throws `Refused` unless it is a JSON object of these members and no others. */
async function readBody(c: Context, names: readonly string[]): Promise<Record<string, unknown>> {
  const body: unknown = await c.req.json().catch(() => undefined)
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Refused(400, `Send a JSON object with ${names.join(', ')}.`)
  const other = Object.keys(body).find((name) => !names.includes(name))
  if (other === undefined) return body as Record<string, unknown>
  throw new Refused(400, `The body may hold ${names.join(', ')}, and nothing else.`)
}

/** Returns the value if it is one of those that are allowed. Throws `Refused`. */
export function oneOf<const T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value)
  if (found !== undefined) return found
  throw new Refused(400, `\`${name}\` is one of ${allowed.map((each) => `'${each}'`).join(', ')}.`)
}

export function truth(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new Refused(400, `\`${name}\` is true or false.`)
}

/** Returns the value if it is a text that is not blank and not too long. Throws `Refused`. */
export function textOf(name: string, value: unknown, maxChars: number): string {
  if (typeof value === 'string' && value.trim() !== '' && value.length <= maxChars) return value
  throw new Refused(400, `\`${name}\` is a text of 1 to ${maxChars} characters.`)
}

/** Returns the value if it is a list of texts, of which there is at least one. Throws `Refused`. */
export function textsOf(
  name: string,
  value: unknown,
  { most, maxChars }: { most: number; maxChars: number },
): string[] {
  if (Array.isArray(value) && value.length >= 1 && value.length <= most)
    return value.map((each) => textOf(`${name}[]`, each, maxChars))
  throw new Refused(400, `\`${name}\` is a list of 1 to ${most} texts.`)
}

/** A request that is not served; the message says what is wrong and what to do. */
export class Refused extends Error {
  readonly code = 'REFUSED'
  readonly status: ContentfulStatusCode

  constructor(status: ContentfulStatusCode, message: string) {
    super(message)
    this.name = 'Refused'
    this.status = status
  }
}
