import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { sample } from '../../infra/cli/sample.ts'
import { startLocal } from '../../infra/local/start-local.ts'
import { readHandlers } from '../../infra/read-handlers.ts'

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
  const message = expect.stringMatching(/__dirname(.|\n)*goes into `nodeModules` in infra\/handlers\.ts/)
  await expect(readHandlers(handlers, { outdir, env })).rejects.toMatchObject({ code: 'USAGE', message })
  const binary = join(folder, 'binary.ts')
  await writeFile(binary, "import './x.node'\nexport default []")
  await writeFile(join(folder, 'x.node'), '')
  await expect(readHandlers(binary, { outdir, env })).rejects.toThrow(/cannot be bundled(.|\n)*`nodeModules`/)
})

it('says which package is not there', async () => {
  const missing = join(folder, 'missing.ts')
  await writeFile(missing, "import 'nowhere'\nexport default []")
  const reading = readHandlers(missing, { outdir: join(folder, 'out'), env, nodeModules: ['nowhere'] })
  await expect(reading).rejects.toThrow(/Cannot find package 'nowhere' imported from .*missing\.ts/)
})
