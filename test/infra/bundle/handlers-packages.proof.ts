import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, it } from 'vitest'
import project from '../../../package.json' with { type: 'json' }

const root = fileURLToPath(new URL('../../..', import.meta.url))
let folder = ''

const test = `
  import { expect, it, vi } from 'vitest'
  import made from 'made'
  import modern from 'modern'
  import handlers from '#handlers'
  vi.mock('made', () => ({ default: { act: () => 'mocked' } }))
  vi.mock('modern', () => ({ default: () => 'mocked' }))
  it('sees mocks', () => {
    expect([made.act(), modern(), ...handlers.map((run) => run())]).toEqual(Array(4).fill('mocked'))
  })`

const configurations = ['package.json', 'tsconfig.json', 'vitest.config.ts', 'biome.json', '.gitignore']
/** What the scripts of npm start by. */
const launcher = ['infra/cli/on-node24.mjs', 'infra/cli/find-node.mjs']

/** A project with packages of its handlers: one of CommonJS with its types apart, and an ES module with types. */
const files = {
  'functions/handlers/package.json': '{ "private": true, "type": "module" }',
  'functions/handlers/index.ts':
    "import made from 'made'\nimport modern from 'modern'\nexport default [() => made.act(), () => modern()]",
  'functions/handlers/beside.test.ts': test,
  'test/handlers/apart.test.ts': test,
  'functions/handlers/node_modules/made/package.json': '{ "name": "made", "main": "index.js" }',
  'functions/handlers/node_modules/made/index.js': "exports.act = () => 'real'",
  'functions/handlers/node_modules/@types/made/package.json':
    '{ "name": "@types/made", "types": "index.d.ts" }',
  'functions/handlers/node_modules/@types/made/index.d.ts': 'export function act(): string',
  'functions/handlers/node_modules/modern/package.json':
    '{ "name": "modern", "type": "module", "types": "index.d.ts", "exports": { "types": "./index.d.ts", "default": "./index.js" } }',
  'functions/handlers/node_modules/modern/index.js': "export default () => 'real'",
  'functions/handlers/node_modules/modern/index.d.ts': 'export default function act(): string',
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smokeball-packages-'))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  await mkdir(join(folder, 'infra/cli'), { recursive: true })
  for (const file of [...configurations, ...launcher]) await copyFile(join(root, file), join(folder, file))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
  return () => rm(folder, { recursive: true })
})

/** What a command of the project says there, and its exit code. */
function run(command: string): Promise<{ code: unknown; output: string }> {
  const [name = '', ...args] = command.split(' ')
  const program = name === 'node' ? process.execPath : join(root, 'node_modules/.bin', name)
  const env = { ...process.env, NO_COLOR: '1' }
  return new Promise((resolve) =>
    execFile(
      program,
      args,
      { cwd: folder, env, shell: process.platform === 'win32' },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    ),
  )
}

it('tests of handlers import and mock their packages, apart from them and beside them', async () => {
  const { code, output } = await run(project.scripts['test:handlers'])
  expect(output).toMatch(/Tests +2 passed/)
  expect(code).toBe(0)
})

it('and have the types of them', async () => {
  expect(await run('tsc --noEmit')).toEqual({ code: 0, output: '' })
})

it("the user's files are of any style, and the others of the project's", async () => {
  const [biome] = project.scripts.check.split(' && ').filter((command) => command.startsWith('biome'))
  const odd = 'var   odd = "yes";\nif (odd == null) debugger;\n'
  const mine = ['functions/handlers/odd.ts', 'test/handlers/odd.ts', 'infra/handlers.ts']
  for (const file of mine) await writeFile(join(folder, file), odd)
  // What the test has put there gets this project's style.
  await run(`${biome} --write`)
  expect(await run(String(biome))).toMatchObject({ code: 0 })

  const ours = 'infra/odd.ts'
  await writeFile(join(folder, ours), 'export const   odd = "yes";\n')
  expect(await run(String(biome))).toMatchObject({ code: 1, output: expect.stringContaining(ours) })
  expect(await run(project.scripts.format)).toMatchObject({ code: 0 })
  expect(await readFile(join(folder, ours), 'utf8')).toBe("export const odd = 'yes'\n")
  expect(await run(String(biome))).toMatchObject({ code: 0 })
  for (const file of mine) expect(await readFile(join(folder, file), 'utf8')).toBe(odd)

  // A mistake of types is told.
  await writeFile(join(folder, 'functions/handlers/odd.ts'), 'export const odd: number = "no"\n')
  expect(await run('tsc --noEmit')).toMatchObject({ code: 1, output: expect.stringContaining('odd.ts') })
})
