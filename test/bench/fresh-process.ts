import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { RunReport } from './run-bundle.ts'

const runBundle = fileURLToPath(new URL('run-bundle.ts', import.meta.url))
const runBundleInFolder = 'run-bundle.mjs'

/** A folder for bundles to run, and their events, that is gone when `work` ends. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  try {
    // Node's own type stripping would cost memory that the bundle is not to blame for.
    const outfile = join(folder, runBundleInFolder)
    await build({ entryPoints: [runBundle], outfile, format: 'esm', target: 'node24' })
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * Imports a bundle of the folder in a fresh process, on these CPUs alone, and calls it with the events, one after the other.
 * Throws when the process does not live so long.
 */
export async function runFresh(
  folder: string,
  bundle: string,
  events: readonly unknown[],
  env: Record<string, string>,
  options: { execArgv?: string[]; timeoutMs?: number; cpus?: string | undefined } = {},
): Promise<RunReport> {
  const EVENTS = `${bundle}.events.json`
  writeFileSync(EVENTS, JSON.stringify(events))
  const child = fork(join(folder, runBundleInFolder), [bundle], {
    env: { ...env, EVENTS },
    ...processOptions(options),
    // What it writes is read by nobody: its errors are.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    ...(options.timeoutMs && { timeout: options.timeoutMs, killSignal: 'SIGKILL' as const }),
  })
  const reported = once(child, 'message')
  const ended = once(child, 'exit')
  const first = await Promise.race([reported, ended])
  const [code, signal] = await ended
  const report = first[0] as RunReport | number | null
  if (typeof report !== 'object' || report === null) throw new Error(`${bundle} ended: ${signal ?? code}.`)
  return report
}

function processOptions({ execArgv = [], cpus }: { execArgv?: string[]; cpus?: string | undefined }) {
  if (cpus === undefined) return { execArgv }
  return { execPath: 'taskset', execArgv: ['-c', cpus, process.execPath, ...execArgv] }
}
