const startMs = performance.now()

/** A line on what takes a while, past Vitest's capture of the console: seconds since the start, then what is done. */
export function say(what: string): void {
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0).padStart(3)
  process.stderr.write(`[${seconds} s] ${what}\n`)
}
