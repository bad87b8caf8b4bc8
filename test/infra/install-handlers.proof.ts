import { execFile } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import project from '../../package.json' with { type: 'json' }

const root = fileURLToPath(new URL('../..', import.meta.url))
const script = join(root, project.scripts.postinstall.replace(/^node /, ''))
let folder = ''

/** Packages of the handlers, one of them from a folder beside: no network is needed. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smokeball-install-'))
  const made = folder
  onTestFinished(() => rm(made, { recursive: true }))
  await mkdir(join(folder, 'local-package'))
  await writeFile(
    join(folder, 'local-package/package.json'),
    '{ "name": "local-package", "version": "1.0.0" }',
  )
  const dependencies = { 'local-package': 'file:local-package' }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }))
})

async function writeLock(installed: object): Promise<void> {
  const packages = { '': { dependencies: { 'local-package': 'file:local-package' } }, ...installed }
  const lock = { lockfileVersion: 3, requires: true, packages }
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock))
}

function install(node = process.execPath): Promise<{ failed: boolean; stdout: string; stderr: string }> {
  const env = { ...process.env, npm_config_offline: 'true' }
  return new Promise((resolve) =>
    execFile(node, [script, folder], { env }, (error, stdout, stderr) =>
      resolve({ failed: error !== null, stdout, stderr }),
    ),
  )
}

/** The `node` of this machine, which `npm ci --omit=dev` has, apart from the one that the project brings. */
const nodesOfMachine = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((directory) => !directory.includes('node_modules'))
  .map((directory) => join(directory, process.platform === 'win32' ? 'node.exe' : 'node'))
  .filter((file) => existsSync(file) && realpathSync(file) !== realpathSync(process.execPath))

it.each([process.execPath, ...nodesOfMachine.slice(0, 1)])(
  'installs what the lock file of the handlers names, run by %s',
  async (node) => {
    await writeLock({
      'local-package': { version: '1.0.0' },
      'node_modules/local-package': { resolved: 'local-package', link: true },
    })
    expect(await install(node)).toMatchObject({ failed: false })
    expect(existsSync(join(folder, 'node_modules/local-package/package.json'))).toBe(true)
  },
)

it('does nothing, in silence, where there is none', async () => {
  expect(await install()).toEqual({ failed: false, stdout: '', stderr: '' })
  expect(existsSync(join(folder, 'node_modules'))).toBe(false)
})

it('fails the installation and says how to see why', async () => {
  await writeLock({})
  const { failed, stderr } = await install()
  expect(failed).toBe(true)
  expect(stderr).toContain(
    `The handlers' own packages could not be installed: npm ci in ${folder} failed, see above.`,
  )
  expect(stderr).toContain(`npm ci --prefix ${folder}`)
})

it('is what any Node can run: no types to strip', () => {
  expect(script).toMatch(/\.mjs$/)
})
