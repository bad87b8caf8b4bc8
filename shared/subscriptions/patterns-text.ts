const none = '-'

/** The patterns that handlers subscribe to, as outputs and environment variables tell them: sorted, with spaces between. */
export function patternsText(handlers: readonly { types: readonly string[] }[]): string {
  const patterns = new Set(handlers.flatMap(({ types }) => types))
  // Neither an output nor a variable may be empty.
  return [...patterns].sort().join(' ') || none
}

export function patternsIn(text: string): string[] {
  return text === none ? [] : text.split(' ')
}
