import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const parent = fileURLToPath(new URL('../../.local', import.meta.url))
const prefix = 'bundles-'

/**
 * Makes a new folder for the bundles of a process, and removes those of processes that were killed. Within the project,
 * so that stacks name the sources as seen from its root, and source maps are the same on every machine.
 */
export async function bundlesFolder(pid = process.pid): Promise<string> {
  await mkdir(parent, { recursive: true })
  const left = (await readdir(parent)).filter((name) => name.startsWith(prefix) && !isAlive(pidOf(name)))
  await Promise.all(left.map((name) => rm(join(parent, name), { recursive: true, force: true })))
  return mkdtemp(join(parent, `${prefix}${pid}-`))
}

function pidOf(name: string): number {
  return Number(name.slice(prefix.length).split('-')[0])
}

/** Whether a process with this id runs on this machine. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: the process runs, but belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
