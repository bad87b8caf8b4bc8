const maxChars = 4096

/**
 * A failure as text: name, message and stack, then its causes. `mapStack` turns a stack's frames into those of the
 * source; an empty result leaves the stack out. `redact` has the whole text, before it is cut to 4,096 characters.
 * Takes whatever was thrown.
 */
export function describeFailure(
  thrown: unknown,
  mapStack: (stack: string) => string = (stack) => stack,
  redact: (text: string) => string = (text) => text,
): string {
  const parts = [describeOne(thrown, mapStack)]
  let at = thrown
  while (at instanceof Error && at.cause !== undefined && parts.length < 4) {
    at = at.cause
    parts.push(describeOne(at, mapStack))
  }
  return redact(parts.join('\ncaused by ')).slice(0, maxChars)
}

function describeOne(thrown: unknown, mapStack: (stack: string) => string): string {
  if (!(thrown instanceof Error)) return `thrown: ${safeText(thrown)}`
  const head = `${thrown.name}: ${thrown.message}`
  const frames = thrown.stack?.match(/^ {4}at .*$/gm)?.join('\n')
  const stack = frames && mapStack(frames)
  return stack ? `${head}\n${stack}` : head
}

function safeText(value: unknown): string {
  try {
    return String(value)
  } catch {
    return typeof value
  }
}
