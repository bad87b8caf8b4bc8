/**
 * Runs in a process of its own: imports a bundle, calls it with each of the events in turn and tells its parent how long
 * import + first call took, what the calls take when warm, the lines that they logged
 * and the process's peak memory.
 * Arguments: the bundle. Environment: `EVENTS`, a file of JSON events.
 */
import { existsSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

export interface RunReport {
  coldMs: number
  /** User and system, of all threads, a call: of the calls' second half, when the code is compiled. */
  warmCpuMs: number
  /** What a call takes by the clock, of the same half. */
  warmMs: number
  /** What a call of that half logs. */
  warmLogBytes: number
  /** CPU time of the import and all calls together. */
  cpuMs: number
  peakMegabytes: number
  /** Logged as information. */
  lines: unknown[]
  /** What the last call returned. */
  answer: unknown
}

const events = JSON.parse(readFileSync(process.env.EVENTS ?? '', 'utf8')) as unknown[]
const requestId = '00000000-0000-0000-0000-000000000000'
const context = {
  functionName: 'bench',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:bench',
  memoryLimitInMB: '512',
  awsRequestId: requestId,
  getRemainingTimeInMillis: () => 30_000,
}
const lines: unknown[] = []
for (const level of ['info', 'warn', 'error'] as const) {
  // Lambda writes so what is logged, where the format of logs is JSON.
  console[level] = (message: unknown) => {
    if (level === 'info') lines.push(message)
    const line = { timestamp: new Date().toISOString(), level: level.toUpperCase(), requestId, message }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  }
}

// Logging libraries have consoles of their own, which end here as well: Lambda takes both streams for one log.
let written = 0
const write = process.stdout.write.bind(process.stdout) as (chunk: string) => boolean
const log = ((chunk: string) => {
  written += Buffer.byteLength(chunk)
  return write(chunk)
}) as typeof process.stdout.write
process.stdout.write = log
process.stderr.write = log

const begin = process.cpuUsage()
const start = performance.now()
const { handler } = await import(pathToFileURL(process.argv[2] ?? '').href)
let answer = await handler(events[0], context)
const cold = performance.now()
const half = Math.ceil(events.length / 2)
for (const event of events.slice(1, half)) answer = await handler(event, context)
const warm = process.cpuUsage()
const warmStart = performance.now()
const writtenBefore = written
for (const event of events.slice(half)) answer = await handler(event, context)
const end = performance.now()
const warmCpu = process.cpuUsage(warm)
const ofHalf = Math.max(1, events.length - half)
const millis = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1000
const report: RunReport = {
  coldMs: cold - start,
  warmCpuMs: millis(warmCpu) / ofHalf,
  warmMs: (end - warmStart) / ofHalf,
  warmLogBytes: (written - writtenBefore) / ofHalf,
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
