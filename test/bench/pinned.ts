import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * Runs `work` with a CPU for the processes that it starts alone, and keeps this process on the others: it answers for AWS.
 * Undefined, where `taskset` is not there, is not permitted or fails, or there is but one CPU.
 */
export async function withCpuApart<T>(work: (cpu: string | undefined) => Promise<T>): Promise<T> {
  const all = await ownCpus()
  const [cpu, ...others] = all
  if (cpu === undefined || others.length === 0) return work(undefined)
  const isApart = await keepsOn(others)
  // What has failed may have moved some threads.
  if (!isApart) await giveBack(all)
  try {
    return await work(isApart ? cpu : undefined)
  } finally {
    if (isApart) await giveBack(all)
  }
}

async function ownCpus(): Promise<string[]> {
  try {
    const { stdout } = await taskset(['-pc', String(process.pid)])
    return cpusOf(stdout.trim().split(': ').at(-1) ?? '')
  } catch {
    return []
  }
}

/** `0-2,5` → 0, 1, 2, 5 */
export function cpusOf(list: string): string[] {
  return [...list.matchAll(/(\d+)(?:-(\d+))?/g)].flatMap(([, first, last = first]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, nth) => String(Number(first) + nth)),
  )
}

async function giveBack(cpus: readonly string[]): Promise<void> {
  if (await keepsOn(cpus)) return
  console.warn('taskset failed: the bench may have fewer CPUs for what it measures from here on.')
}

/** Moves all threads of this process. False where taskset fails: it does so, too, when a thread ends meanwhile. */
async function keepsOn(cpus: readonly string[]): Promise<boolean> {
  try {
    await taskset(['-apc', cpus.join(','), String(process.pid)])
    return true
  } catch {
    return false
  }
}

function taskset(args: string[]) {
  return promisify(execFile)('taskset', args)
}
