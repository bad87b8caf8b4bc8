import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UsageError } from '../../infra/terminal/usage-error.ts'

/** The peer's own package: `npm ci` of the project does not install it. */
export const peerFolder = fileURLToPath(new URL('powertools/', import.meta.url))

/** Installs what the peer is made of, if it is not there as its lock file says. Throws `UsageError` when npm fails. */
export function installPeer(folder = peerFolder): void {
  if (
    changedMs(join(folder, 'node_modules/.package-lock.json')) > changedMs(join(folder, 'package-lock.json'))
  )
    return
  // On Windows, npm is a script that only a shell runs.
  const shell = process.platform === 'win32'
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
  const { status, error, stderr } = spawnSync('npm', ['ci', ...options], {
    cwd: folder,
    shell,
    encoding: 'utf8',
  })
  if (status === 0) return
  throw new UsageError(
    `The packages of the Powertools peer could not be installed in test/bench/powertools: ${error?.message ?? stderr.trim()}\n` +
      'They need a registry of npm. The other groups do without: npm run bench -- --except peer',
    { cause: error },
  )
}

function changedMs(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
