// @ts-check
/**
 * npm runs this after the installation of the project's packages. It has npm's scripts run on the system's Node where that
 * is new enough, puts the project's own program beside those of its packages, and installs the packages of the handlers,
 * which have a `package.json` of their own, if they have a lock file.
 *
 * Not in TypeScript, since any Node from 20 on is to run it: `npm ci --omit=optional` brings no newer one.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeOfNpm } from './find-node.mjs'

const folder = process.argv[2] ?? 'functions/handlers'

// First in the PATH of npm's scripts and of npx, it would be taken for the system's. On Windows it is a batch file, which
// cannot be removed while it runs this: there, `on-node24.mjs` alone prefers the system's.
const isInstalling = process.env.npm_lifecycle_event === 'postinstall'
if (isInstalling && process.platform !== 'win32' && nodeOfNpm() !== undefined)
  rmSync('node_modules/.bin/node', { force: true })

// npx looks for a program in the `node_modules` of each folder above, and else asks the registry for a package of that name,
// which would be a stranger's. The project's own program it finds by itself, but not from a folder with its own package.json.
if (isInstalling && existsSync('node_modules/.bin')) {
  const program = 'infra/cli/smokeball-webhooks.mjs'
  const link = 'node_modules/.bin/smokeball-webhooks'
  writeFileSync(link, `#!/bin/sh\nexec node "$(dirname "$0")/../../${program}" "$@"\n`, { mode: 0o755 })
  writeFileSync(`${link}.cmd`, `@node "%~dp0..\\..\\${program.replaceAll('/', '\\')}" %*\r\n`)
}

if (existsSync(join(folder, 'package-lock.json'))) {
  // On Windows, npm is a script for its shell.
  const shell = process.platform === 'win32'
  const { status, error } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
    shell,
  })
  if (status !== 0) {
    console.error(
      `The handlers' own packages could not be installed: ${error?.message ?? `npm ci in ${folder} failed, see above`}. ` +
        `To see it again: npm ci --prefix ${folder}`,
    )
    process.exitCode = 1
  }
}
