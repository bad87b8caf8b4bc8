import { readFileSync } from 'node:fs'

export const lockFile = new URL('../../package-lock.json', import.meta.url)

interface Lock {
  packages: Record<string, { engines?: unknown }>
}

/**
 * The lock file without what its packages say of Node, that of the project aside. npm would hold it against the Node that it
 * runs on itself, from 20 on: it would warn of packages that run on Node 24 alone (`on-node24.mjs`), and leave out optional
 * ones, without which nothing runs, in silence.
 */
export function lockWithoutEngines(): string {
  const lock = JSON.parse(readFileSync(lockFile, 'utf8')) as Lock
  for (const [path, locked] of Object.entries(lock.packages)) if (path !== '') delete locked.engines
  return `${JSON.stringify(lock, undefined, 2)}\n`
}
