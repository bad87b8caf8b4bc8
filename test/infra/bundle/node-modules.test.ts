import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { bundleHandlers, readHandlers } from '../../../infra/bundle/read-handlers.ts'
import { startLocal } from '../../../infra/local/start-local.ts'
import { sample } from '../../../infra/smokeball/sample.ts'

const env = { PATH: process.env.PATH ?? '' }
let folder = ''
let handlers = ''

/**
 * Beside the handlers, as `npm install --prefix` puts them: packages that come apart when bundled, since they look for a
 * file of theirs at run time, as native ones do for their `.node`.
 */
const files = {
  'node_modules/native/package.json': '{ "name": "native", "main": "lib/index.js" }',
  'node_modules/native/lib/index.js':
    "exports.where = () => require(require('path').join(__dirname, '..', 'build', process.env.NONE ?? 'binding.js'))",
  'node_modules/native/build/binding.js': "module.exports = 'native'",
  'node_modules/native-late/package.json': '{ "name": "native-late" }',
  'node_modules/native-late/index.js': `
    exports.module = () => require(require('path').join(__dirname, 'build', 'binding.js'))
    exports.file = () => require('fs').readFileSync(require('path').join(__dirname, 'data.txt'))`,
  'node_modules/modern/package.json':
    '{ "name": "modern", "type": "module", "exports": { ".": { "import": "./index.js" }, "./part": "./part.js" } }',
  'node_modules/modern/index.js': "export const where = 'modern'",
  'node_modules/modern/part.js': "export default 'part'",
  'handlers.ts': `
    import { on } from '#webhooks'
    import { where } from 'modern'
    import part from 'modern/part'
    import native from 'native'
    const found = [where, part, native.where(), require('native').where(), (await import('native')).default.where()]
    export default [on('matter.updated', { name: found.join('-') }, (event, { log }) => log.info(native.where()))]`,
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smokeball-modules-'))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  handlers = join(folder, 'handlers.ts')
  return () => rm(folder, { recursive: true })
})

it('leaves named packages out of the bundle, and finds them from the handlers file', async () => {
  const nodeModules = ['native', 'modern']
  const local = await startLocal({ handlers, nodeModules })
  try {
    const all = 'modern-part-native-native-native'
    expect(local.handlers).toEqual([{ name: all, types: ['matter.updated'], order: 'latest', own: 'skip' }])
    await local.deliver(sample('matter.updated').text)
    await local.settled()
    expect(local.lines).toContainEqual(
      expect.objectContaining({ message: expect.objectContaining({ handler: all, message: 'native' }) }),
    )
  } finally {
    await local.stop()
  }
})

it('says what a package needs that does not survive bundling', async () => {
  const outdir = join(folder, 'out')
  const message = expect.stringMatching(
    /Cannot find module '.*binding\.js'(.|\n)*goes into `nodeModules` in infra\/handlers\.ts/,
  )
  await expect(readHandlers(handlers, { outdir, env })).rejects.toMatchObject({ code: 'USAGE', message })
  const binary = join(folder, 'binary.ts')
  await writeFile(binary, "import './x.node'\nexport default []")
  await writeFile(join(folder, 'x.node'), '')
  await expect(readHandlers(binary, { outdir, env })).rejects.toThrow(/cannot be bundled(.|\n)*`nodeModules`/)
})

it('says the same of one that comes apart when a handler runs', async () => {
  const late = join(folder, 'late.ts')
  await writeFile(
    late,
    `import { readFileSync } from 'node:fs'
     import { on } from '#webhooks'
     import native from 'native-late'
     export default [
       on('matter.updated', { name: 'module' }, () => native.module()),
       on('matter.updated', { name: 'file' }, () => native.file()),
       on('matter.updated', { name: 'other' }, () => readFileSync('/nowhere/at-all')),
     ]`,
  )
  const local = await startLocal({ handlers: late, maxAttempts: 1 })
  try {
    await local.deliver(sample('matter.updated').text)
    await local.settled()
    const errors = local.lines.flatMap(({ message }) =>
      typeof message === 'object' && typeof message.error === 'string' ? [message.error] : [],
    )
    const hint = /(.|\n)*\n.*goes into `nodeModules` in infra\/handlers\.ts\.$/.source
    expect(errors).toContainEqual(
      expect.stringMatching(new RegExp(`Cannot find module '.*binding\\.js'${hint}`)),
    )
    expect(errors).toContainEqual(expect.stringMatching(new RegExp(`ENOENT: .*data\\.txt'${hint}`)))
    expect(errors).toContainEqual(expect.stringMatching(/ENOENT: .*at-all'(?!(.|\n)*nodeModules)/))
  } finally {
    await local.stop()
  }
})

it('says which package is not there', async () => {
  const missing = join(folder, 'missing.ts')
  await writeFile(missing, "import 'nowhere'\nexport default []")
  const reading = readHandlers(missing, { outdir: join(folder, 'out'), env, nodeModules: ['nowhere'] })
  await expect(reading).rejects.toThrow(
    /Cannot find package 'nowhere' imported from .*missing\.ts(.|\n)*\nInstall it: npm install --prefix functions\/handlers nowhere$/,
  )
})

it.each([
  ["import 'nowhere'", 'nowhere'],
  ["import '@any/where/deep.js'", '"@any/where"'],
  ["export const load = () => import('no-where/deep')", 'no-where'],
  ["require('no.where')", 'no.where'],
])('says how to install what %s does not find, and no option of esbuild', async (source, name) => {
  const file = join(folder, 'not-installed.ts')
  await writeFile(file, `${source}\nexport default []`)
  const failure = await bundleHandlers(file, join(folder, 'out.mjs')).catch((error: Error) => error)
  expect(failure).toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining(`Install it: npm install --prefix functions/handlers ${name}`),
  })
  expect(String(failure)).not.toMatch(/as external|nodeModules/)
})

it('names the folder of the `package.json` that a handlers file elsewhere belongs to', async () => {
  const elsewhere = join(folder, 'else where')
  await mkdir(join(elsewhere, 'src'), { recursive: true })
  await writeFile(join(elsewhere, 'package.json'), '{}')
  const file = join(elsewhere, 'src/handlers.ts')
  await writeFile(file, "import 'nowhere'\nexport default []")
  await expect(bundleHandlers(file, join(folder, 'out.mjs'))).rejects.toThrow(
    `npm install --prefix "${elsewhere}" nowhere`,
  )
})

it.each(["import 'modern/nothing'", "import 'native/nothing.js'", "import './nothing'", "import '#nothing'"])(
  'does not tell to install what is there, or is no package: %s',
  async (source) => {
    const file = join(folder, 'wrong-path.ts')
    await writeFile(file, `${source}\nexport default []`)
    const failure = await bundleHandlers(file, join(folder, 'out.mjs')).catch((error: Error) => error)
    expect(String(failure)).toMatch(/Could not resolve "[^"]*nothing(\.js)?"/)
    expect(String(failure)).not.toMatch(/as external|npm install/)
  },
)
