import { memberOf } from './handler-errors.ts'

const maxChars = 4096
/** How many failures are told of one: its causes, and what an `AggregateError` holds. */
const maxParts = 8
const maxFrames = 50

/**
 * A failure as text: name, message, code and stack, then its causes and the `errors` that it stands for. `mapStack` turns a
 * stack's frames into those of the source; an empty result leaves the stack out. `redact` has the whole text, before it is cut
 * to 4,096 characters. Takes whatever was thrown, and never throws: getters and proxies may fail, causes may go in a circle.
 */
export function describeFailure(
  thrown: unknown,
  mapStack: (stack: string) => string = (stack) => stack,
  redact: (text: string) => string = (text) => text,
): string {
  const parts: string[] = []
  const told = new Set<unknown>()
  const tell = (value: unknown, prefix: string): void => {
    if (told.has(value) || parts.length >= maxParts) return
    told.add(value)
    parts.push(prefix + describeOne(value, mapStack))
    if (!isError(value)) return
    for (const error of errorsOf(value)) tell(error, 'one of: ')
    const cause = memberOf(value, 'cause')
    if (cause !== undefined) tell(cause, 'caused by ')
  }
  tell(thrown, '')
  return redact(parts.join('\n')).slice(0, maxChars)
}

function describeOne(thrown: unknown, mapStack: (stack: string) => string): string {
  if (!isError(thrown)) return `thrown: ${safeText(thrown)}`
  const message = textOf(thrown, 'message')
  const name = textOf(thrown, 'name') || 'Error'
  const head = `${message === '' ? name : `${name}: ${message}`}${codeText(thrown, name, message)}`
  const stack = safely(() => mapStack(framesOf(textOf(thrown, 'stack'), message)))
  return stack ? `${head}\n${stack}` : head
}

/** ` (ECONNREFUSED)`; nothing where name or message say the same. */
function codeText(error: unknown, name: string, message: string): string {
  const code = memberOf(error, 'code')
  if (typeof code !== 'string' && typeof code !== 'number') return ''
  const isSaid =
    message.includes(String(code)) || String(code).replaceAll('_', '').toLowerCase() === name.toLowerCase()
  return isSaid ? '' : ` (${code})`
}

/** The stack begins with the message, which may hold lines that look like frames. */
function framesOf(stack: string, message: string): string {
  const at = stack.indexOf(message)
  const after = at < 0 ? stack : stack.slice(at + message.length)
  return after
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, maxFrames)
    .join('\n')
}

/** A refused connection to a name with two addresses says why only there. */
function errorsOf(error: unknown): unknown[] {
  const errors = memberOf(error, 'errors')
  return safely(() => (Array.isArray(errors) ? errors.slice(0, maxParts) : [])) ?? []
}

/** Errors of another realm, such as a `vm` context, are none by `instanceof`; a revoked proxy throws. */
function isError(value: unknown): boolean {
  return (
    safely(() => value instanceof Error || Object.prototype.toString.call(value) === '[object Error]') ===
    true
  )
}

function textOf(of: unknown, name: string): string {
  const value = memberOf(of, name)
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : safeText(value)
}

function safeText(value: unknown): string {
  return safely(() => String(value)) ?? safely(() => typeof value) ?? 'unknown'
}

function safely<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
