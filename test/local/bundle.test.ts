import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { beforeAll, expect, it } from 'vitest'
import { bundleOptions } from '../../infra/bundle.ts'
import { readHandlers } from '../../infra/read-handlers.ts'

const env = { PATH: process.env.PATH ?? '' }
let folder = ''

/** A package as node-fetch 2, a function in CommonJS and a default export in ESM, and packages that take it. */
const files = {
  'node_modules/both/package.json': '{ "name": "both", "main": "both.js", "module": "both.mjs" }',
  'node_modules/both/both.js': "module.exports = exports = () => 'cjs'",
  'node_modules/both/both.mjs': "export default () => 'esm'",
  'node_modules/user/package.json': '{ "name": "user", "main": "user.js" }',
  'node_modules/user/user.js': "module.exports = typeof require('both')",
  'node_modules/only-esm/package.json': '{ "name": "only-esm", "module": "index.js", "type": "module" }',
  'node_modules/only-esm/index.js': "export default 'only-esm'",
  'package.json': '{ "type": "module" }',
  'handlers.ts': `
    import both from 'both'
    import onlyEsm from 'only-esm'
    import user from 'user'
    import { on } from '#webhooks'
    export default [on('*', { name: [user, both(), onlyEsm].join('-') }, () => {})]`,
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smokeball-bundle-'))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return () => rm(folder, { recursive: true })
})

it("takes what Node takes of the handlers' packages that are CommonJS and ESM", async () => {
  const handlers = await readHandlers(join(folder, 'handlers.ts'), { outdir: join(folder, 'out'), env })
  expect(handlers).toEqual([{ name: 'function-cjs-only-esm', types: ['*'], order: 'latest', own: 'skip' }])
})

it.each(['receiver', 'consumer', 'keeper'] as const)(
  'takes the ESM sources of the SDK for the %s',
  async (name) => {
    const { metafile } = await build({ ...bundleOptions(name), write: false, metafile: true })
    const sources = Object.keys(metafile.inputs).filter((file) =>
      /node_modules\/@(aws-sdk|smithy)\//.test(file),
    )
    expect(sources.length).toBeGreaterThan(50)
    expect(sources.filter((file) => file.includes('/dist-cjs/'))).toEqual([])
  },
)

it('leaves a package of the SDK out that is named in `nodeModules`', async () => {
  const options = bundleOptions('consumer', { nodeModules: ['@aws-sdk/client-dynamodb'] })
  const { metafile } = await build({ ...options, write: false, metafile: true })
  expect(Object.keys(metafile.inputs).filter((file) => file.includes('client-dynamodb'))).toEqual([])
})
