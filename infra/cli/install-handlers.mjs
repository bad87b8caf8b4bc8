// @ts-check
/**
 * npm runs this after the installation of the project's packages: installs those of the handlers, which have a
 * `package.json` of their own. Does nothing where they have no lock file, so none to install.
 *
 * Not in TypeScript, since any Node from 20 on is to run it: the project's own Node, which strips types, is a
 * devDependency, and `npm ci --omit=dev` goes without.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2] ?? 'functions/handlers'

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
