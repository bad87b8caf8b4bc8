/**
 * Runs in a process of its own: imports a bundle, calls it with each of the events in turn and tells its parent how long
 * import + first call took, how long all the other calls did, what CPU they need when warm, the lines that they logged
 * and the process's peak memory.
 * Arguments: the bundle. Environment: `EVENTS`, a file of JSON events.
 */
import { existsSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

export interface RunReport {
  coldMs: number
  restMs: number
  /** User and system, of all threads, a call: of the calls' second half, when the code is compiled. */
  warmCpuMs: number
  /** The same, of the import and all calls together. */
  cpuMs: number
  peakMegabytes: number
  /** Logged as information. */
  lines: unknown[]
  /** What the last call returned. */
  answer: unknown
}

const events = JSON.parse(readFileSync(process.env.EVENTS ?? '', 'utf8')) as unknown[]
const context = { getRemainingTimeInMillis: () => 30_000 }
const lines: unknown[] = []
console.info = (line: unknown) => lines.push(line)

const begin = process.cpuUsage()
const start = performance.now()
const { handler } = await import(pathToFileURL(process.argv[2] ?? '').href)
let answer = await handler(events[0], context)
const cold = performance.now()
const half = Math.ceil(events.length / 2)
for (const event of events.slice(1, half)) answer = await handler(event, context)
const warm = process.cpuUsage()
for (const event of events.slice(half)) answer = await handler(event, context)
const millis = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1000
const report: RunReport = {
  coldMs: cold - start,
  restMs: performance.now() - cold,
  warmCpuMs: millis(process.cpuUsage(warm)) / Math.max(1, events.length - half),
  cpuMs: millis(process.cpuUsage(begin)),
  peakMegabytes: peakKilobytes() / 1024,
  lines,
  answer,
}
process.send?.(report, () => process.exit(0))

/** Linux counts into `maxRSS` what the parent had when it forked this process. */
function peakKilobytes(): number {
  const status = '/proc/self/status'
  const peak = existsSync(status) && /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))
  return peak ? Number(peak[1]) : process.resourceUsage().maxRSS
}
