import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * Runs `work` with a CPU for the processes that it starts alone, and keeps this process on the others: it answers for AWS.
 * Undefined, where `taskset` is not there, or there is but one CPU.
 */
export async function withCpuApart<T>(work: (cpu: string | undefined) => Promise<T>): Promise<T> {
  const [cpu, ...others] = await ownCpus()
  if (cpu === undefined || others.length === 0) return work(undefined)
  await keepOn(others)
  try {
    return await work(cpu)
  } finally {
    await keepOn([cpu, ...others])
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

/** All threads of this process. */
async function keepOn(cpus: readonly string[]): Promise<void> {
  await taskset(['-apc', cpus.join(','), String(process.pid)])
}

function taskset(args: string[]) {
  return promisify(execFile)('taskset', args)
}
