import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isAlive } from './process-alive.ts'

/** What `send` needs of a running `npm start`. */
export interface Running {
  url: string
  clientId: string
  signingKey: string
  requestIdKey: string
  pid: number
}

/** `LOCAL_STATE_DIR` lets several local runs keep apart. */
function folder(): string {
  return process.env.LOCAL_STATE_DIR ?? fileURLToPath(new URL('../../.local', import.meta.url))
}

function file(): string {
  return join(folder(), 'running.json')
}

/** Tells `send` of this run. It holds a key: only its owner may read it. */
export function writeRunning(running: Running): void {
  mkdirSync(folder(), { recursive: true })
  rmSync(file(), { force: true })
  writeFileSync(file(), JSON.stringify(running), { mode: 0o600 })
}

/** The run that is there now, if any: one that died without cleaning up does not count. */
export function readRunning(): Running | undefined {
  try {
    const running = JSON.parse(readFileSync(file(), 'utf8')) as Running
    return isAlive(running.pid) ? running : undefined
  } catch {
    return undefined
  }
}

/** Takes this process's note away, and no later run's. */
export function removeRunning(): void {
  if (readRunning()?.pid === process.pid) rmSync(file(), { force: true })
}
