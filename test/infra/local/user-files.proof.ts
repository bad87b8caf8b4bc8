import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const handlers = 'functions/handlers/index.ts'
let folder = ''

/** The project in a folder of its own, so that its user's files can be changed. Its commands are processes, as npm starts them. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smokeball-user-'))
  for (const part of ['functions', 'infra', 'shared', 'package.json'])
    await cp(join(root, part), join(folder, part), {
      recursive: true,
      filter: (path) => !path.endsWith('node_modules'),
    })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
  await writeFile(join(folder, 'infra/handlers.ts'), 'export default {}\n')
  await writeFile(join(folder, handlers), 'export default []\n')
  return () => rm(folder, { recursive: true })
})

const started = new Set<ChildProcess>()
afterEach(() => {
  for (const child of started) child.kill('SIGKILL')
})

function run(script: string, ...args: string[]) {
  const env = { ...process.env, NO_COLOR: '1', LOCAL_STATE_DIR: folder, LOCAL_BUNDLES: '' }
  const child = spawn(process.execPath, [script, ...args], { cwd: folder, env })
  started.add(child)
  const written = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    written.stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    written.stderr += chunk
  })
  const ended = once(child, 'close').then(([code]) => ({ code, ...written }))
  return { child, written, ended }
}

it('npm start is sent to, tells that infra/handlers.ts and .env have changed, and stops all the same', async () => {
  const { child, written, ended } = run('infra/cli/main.ts', 'start', '--port', '0')
  await expect.poll(() => written.stdout, { timeout: 20_000 }).toContain('Callback URL')
  const [accepted, refused] = await Promise.all(
    ['--duplicate', '--key=another'].map((flag) => run('infra/cli/main.ts', 'send', 'noop', flag).ended),
  )
  expect(accepted).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^(200 .*Accepted.*\n){2}$/),
    stderr: '',
  })
  expect(refused).toMatchObject({ code: 1, stdout: expect.stringMatching(/^401 .*\n$/) })
  await writeFile(join(folder, 'infra/handlers.ts'), 'export default { memoryMb: 256 }\n')
  await writeFile(join(folder, '.env'), 'A_VARIABLE=1\n')
  const line = (file: string) => `${file} has changed: restart npm start to take it up.`
  await expect.poll(() => written.stdout, { timeout: 15_000 }).toContain(line('infra/handlers.ts'))
  await expect.poll(() => written.stdout, { timeout: 15_000 }).toContain(line('.env'))
  child.kill('SIGINT')
  const { code, stdout, stderr } = await ended
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout.match(/has changed/g)).toHaveLength(2)
})

it('npm run build tells once, without a stack, what cannot be bundled', async () => {
  await writeFile(join(folder, handlers), "import './nowhere.ts'\nexport default []\n")
  const { code, stderr } = await run('infra/bundle/build.ts').ended
  expect(code).toBe(1)
  expect(stderr).toMatch(/^The handlers file .*index\.ts cannot be bundled:\n/)
  expect(stderr.match(/Could not resolve/g)).toHaveLength(1)
  expect(stderr).not.toMatch(/^ +at |node_modules/m)
})
