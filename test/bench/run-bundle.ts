/**
 * Runs in a process of its own: imports a bundle, calls it with each of the events in turn and tells its parent how long
 * import + first call took, how long all the other calls did, and the process's peak memory.
 * Arguments: the bundle. Environment: `EVENTS`, a file of JSON events.
 */
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

export interface RunReport {
  coldMs: number
  restMs: number
  peakMegabytes: number
  /** What the last call returned. */
  answer: unknown
}

const events = JSON.parse(readFileSync(process.env.EVENTS ?? '', 'utf8')) as unknown[]
const context = { getRemainingTimeInMillis: () => 30_000 }
console.info = () => undefined

const start = performance.now()
const { handler } = await import(pathToFileURL(process.argv[2] ?? '').href)
let answer = await handler(events[0], context)
const cold = performance.now()
for (const event of events.slice(1)) answer = await handler(event, context)
const report: RunReport = {
  coldMs: cold - start,
  restMs: performance.now() - cold,
  peakMegabytes: process.resourceUsage().maxRSS / 1024,
  answer,
}
process.send?.(report, () => process.exit(0))
