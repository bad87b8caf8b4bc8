import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import project from '../../../package.json' with { type: 'json' }
import { nodesOfMachine } from './nodes-of-machine.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
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

/** `npm`: the Node that npm runs on, and what it runs this for. */
function install(
  node = process.execPath,
  npm: { version?: string; event?: string } = {},
): Promise<{ failed: boolean; stdout: string; stderr: string }> {
  const { version = '20.20.2', event = 'postinstall' } = npm
  const env = {
    ...process.env,
    npm_config_offline: 'true',
    npm_lifecycle_event: event,
    npm_node_execpath: '/usr/bin/node',
    npm_config_user_agent: `npm/11.0.0 node/v${version} linux x64 workspaces/false`,
  }
  return new Promise((resolve) =>
    execFile(node, [script, folder], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ failed: error !== null, stdout, stderr }),
    ),
  )
}

it.each([process.execPath, ...nodesOfMachine().slice(0, 1)])(
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

/** What npm links there is the Node of a platform package. */
async function linkNode(): Promise<string> {
  const link = join(folder, 'node_modules/.bin/node')
  await mkdir(dirname(link), { recursive: true })
  await writeFile(link, '')
  return link
}

it.skipIf(process.platform === 'win32')(
  "has the system's Node come first in the scripts of npm, where it is new enough",
  async () => {
    const link = await linkNode()
    expect(await install(process.execPath, { version: '24.15.0' })).toMatchObject({ failed: false })
    expect(existsSync(link)).toBe(false)
  },
)

it.each([
  ['npm runs on an older one', { version: '22.20.0' }],
  ['npm runs on one that warns at each start', { version: '24.1.0' }],
  ['npm installs nothing', { version: '24.15.0', event: 'test' }],
])('leaves the Node of the package where %s', async (_, npm) => {
  const link = await linkNode()
  expect(await install(process.execPath, npm)).toMatchObject({ failed: false })
  expect(existsSync(link)).toBe(true)
})

it('lets npx find the program from a folder that has a package.json of its own', async () => {
  await linkNode()
  expect(await install()).toMatchObject({ failed: false })
  await mkdir(join(folder, 'infra/cli'), { recursive: true })
  const program = 'console.log(process.argv.slice(2).join())'
  await writeFile(join(folder, 'infra/cli/smokeball-webhooks.mjs'), program)
  const inner = join(folder, 'functions/handlers')
  await mkdir(inner, { recursive: true })
  await writeFile(join(inner, 'package.json'), '{ "private": true }')
  await rm(join(folder, 'node_modules/.bin/node'))
  const { stdout } = await new Promise<{ stdout: string }>((resolve, reject) =>
    execFile(
      'npx',
      ['smokeball-webhooks', 'status', '--local'],
      {
        cwd: inner,
        env: { ...process.env, npm_config_offline: 'true' },
        shell: process.platform === 'win32',
      },
      (error, stdout) => (error ? reject(error) : resolve({ stdout })),
    ),
  )
  expect(stdout).toBe('status,--local\n')
})

it('is what any Node can run: no types to strip', () => {
  expect(script).toMatch(/\.mjs$/)
})
