import { memberOf } from './handler-errors.ts'

const maxChars = 4096
/** How many failures are told of one: its causes, and what an `AggregateError` holds. */
const maxParts = 8
const maxFrames = 50
/** A code is a word or a number, whatever is thrown. */
const maxCodeChars = 100

/**
 * A failure as text: name, message, code and stack, then its causes and the `errors` that it stands for. `mapStack` turns a
 * stack's frames into those of the source; an empty result leaves the stack out. `redact` has the whole text, before it is cut
 * to 4,096 characters, and that limit. Takes whatever was thrown, and never throws: getters and proxies may fail, causes may go in a circle.
 */
export function describeFailure(
  thrown: unknown,
  mapStack: (stack: string) => string = (stack) => stack,
  redact: (text: string, maxChars: number) => string = (text) => text,
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
  return redact(parts.join('\n'), maxChars).slice(0, maxChars)
}

function describeOne(thrown: unknown, mapStack: (stack: string) => string): string {
  if (!isError(thrown)) return `thrown: ${safeText(thrown)}`
  const message = textOf(thrown, 'message')
  const name = textOf(thrown, 'name') || 'Error'
  const head = `${message === '' ? name : `${name}: ${message}`}${codeText(thrown, name, message)}`
  const stack = safely(() => mapStack(framesOf(textOf(thrown, 'stack'), name, message)))
  return stack ? `${head}\n${stack}` : head
}

/** ` (ECONNREFUSED)`; nothing where name or message say the same. */
function codeText(error: unknown, name: string, message: string): string {
  const given = memberOf(error, 'code')
  if (typeof given !== 'string' && typeof given !== 'number') return ''
  const code = String(given).slice(0, maxCodeChars)
  const isSaid = message.includes(code) || code.replaceAll('_', '').toLowerCase() === name.toLowerCase()
  return isSaid ? '' : ` (${code})`
}

/**
 * The frames of a stack, which are all that follows its head: name and message. A message may hold lines that look like frames.
 * So a stack has none that begins with something else, such as the message that the error had when its stack was first read,
 * or that holds other lines between them.
 */
function framesOf(stack: string, name: string, message: string): string {
  const head = headOf(stack, name, message)
  if (head === undefined) return ''
  const frames: string[] = []
  for (let at = head; at < stack.length; ) {
    const end = endOfLine(stack, at)
    if (!stack.startsWith(framePrefix, at)) return ''
    if (frames.length < maxFrames) frames.push(stack.slice(at, end))
    at = end + 1
  }
  return frames.join('\n')
}

const framePrefix = '    at '
/** `TypeError`, and what Node puts behind it: `TypeError [ERR_INVALID_URL]`. Longer ones are no names. */
const usualName = /^[\w$.]{1,100}(?: \[\w{1,100}\])?$/

/** Where the head's last line has ended; undefined when the stack begins otherwise. A stack of frames alone has no head. */
function headOf(stack: string, name: string, message: string): number | undefined {
  if (stack.startsWith(framePrefix)) return 0
  const isName = (text: string) => text === name || usualName.test(text)
  const end = endOfLine(stack, 0)
  if (message === '') return isName(stack.slice(0, end)) ? end + 1 : undefined
  const colon = stack.slice(0, end).indexOf(': ', stack.startsWith(`${name}: `) ? name.length : 0)
  const after = [...(colon >= 0 && isName(stack.slice(0, colon)) ? [colon + 2] : []), 0]
    .filter((at) => stack.startsWith(message, at))
    .map((at) => at + message.length)
    .find((at) => at === stack.length || stack[at] === '\n')
  return after === undefined ? undefined : after + 1
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}

/** A refused connection to a name with two addresses tells the cause only in its `errors`. */
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
