import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { beforeAll, expect, it } from 'vitest'
import { bundleOptions } from '../../../infra/bundle/bundle.ts'
import { bundleHandlers, readHandlers } from '../../../infra/bundle/read-handlers.ts'
import { bundleToDebug } from '../../../infra/local/debug/local-handlers.ts'
import { letterKinds } from '../../../shared/event/letter-kinds.ts'
import {
  deliveryOutcomes,
  eventOutcomes,
  handlerOutcomes,
  refusalReasons,
  subscriptionOutcomes,
  unavailableReasons,
} from '../../../shared/event/outcomes.ts'

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
  'node_modules/places/package.json': '{ "name": "places" }',
  'node_modules/places/index.js': `
    exports.early = [__dirname, __filename, typeof __dirname]
    exports.late = () => ({ __dirname, __filename })
    exports.given = (__dirname) => __dirname
    exports.Timeout = class Timeout extends Error {}`,
  'names.ts': `
    import places from 'places'
    const __filename = 'my own'
    class CrmNotFound extends Error {
      constructor(message) {
        super(message)
        this.name = new.target.name
      }
    }
    async function callCrm() {}
    const later = () => {}
    const Anonymous = class {}
    const scopes = [class Same {}, (() => class Same {})()]
    const names = [callCrm, later, Anonymous, places.Timeout, ...scopes].map(({ name }) => name)
    export default { error: new CrmNotFound('x'), names, places, mine: [__filename, __dirname] }`,
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
  'takes the ESM sources of the SDK for the %s, and nothing that it loads in need',
  async (name) => {
    const { metafile, outputFiles } = await build({ ...bundleOptions(name), write: false, metafile: true })
    const sources = Object.keys(metafile.inputs).filter((file) =>
      /node_modules\/@(aws-sdk|smithy)\//.test(file),
    )
    expect(sources.length).toBeGreaterThan(50)
    expect(sources.filter((file) => file.includes('/dist-cjs/'))).toEqual([])
    const inNeed = Object.values(metafile.inputs).flatMap(({ imports }) =>
      imports.filter(({ kind, path }) => kind === 'dynamic-import' && /@(aws-sdk|smithy)\//.test(path)),
    )
    expect(inNeed).toEqual([])
    expect(outputFiles.map(({ path }) => basename(path))).toContain('sdk-parts.mjs')
  },
)

it.each(['receiver', 'consumer', 'keeper'] as const)(
  'leaves what outcomes, reasons and letters mean out of the %s',
  async (name) => {
    const { outputFiles } = await build({ ...bundleOptions(name), write: false })
    const bundled = outputFiles.filter(({ path }) => path.endsWith('.mjs')).map(({ text }) => text)
    expect(bundled.join('').length).toBeGreaterThan(100_000)
    const told = [deliveryOutcomes, eventOutcomes, handlerOutcomes, subscriptionOutcomes, letterKinds]
    const sentences = [
      ...told.flatMap((texts) => Object.values<{ means: string }>(texts)).map(({ means }) => means),
      ...Object.values({ ...refusalReasons, ...unavailableReasons }),
    ]
    expect(sentences.filter((means) => bundled.some((text) => text.includes(means)))).toEqual([])
  },
)

it.each([
  ['receiver', false],
  ['consumer', true],
  ['keeper', false],
] as const)('the dictionary of stored bodies in the %s: %s', async (name, isThere) => {
  const { outputFiles } = await build({ ...bundleOptions(name), write: false })
  expect(
    outputFiles.some(({ path, text }) => path.endsWith('.mjs') && text.includes('"leadClosedReason":')),
  ).toBe(isThere)
})

it('leaves a package of the SDK out that is named in `nodeModules`', async () => {
  const options = bundleOptions('consumer', { nodeModules: ['@aws-sdk/client-dynamodb'] })
  const { metafile } = await build({ ...options, write: false, metafile: true })
  expect(Object.keys(metafile.inputs).filter((file) => file.includes('client-dynamodb'))).toEqual([])
})

it.each([
  ['deployed', bundleHandlers],
  ['debugged', (file: string, outfile: string) => bundleToDebug(file, outfile, [])],
] as const)(
  'keeps the names of functions and classes, and tells where it lies, as %s',
  async (how, bundle) => {
    const file = await bundle(join(folder, 'names.ts'), join(folder, how, 'index.mjs'))
    const { default: found } = await import(pathToFileURL(file).href)
    expect(String(found.error)).toBe('CrmNotFound: x')
    expect(found.error.constructor.name).toBe('CrmNotFound')
    expect(found.names).toEqual(['callCrm', 'later', 'Anonymous', 'Timeout', 'Same', 'Same'])
    expect(found.places.early).toEqual([dirname(file), file, 'string'])
    expect(found.places.late()).toEqual({ __dirname: dirname(file), __filename: file })
    expect(found.places.given('given')).toBe('given')
    expect(found.mine).toEqual(['my own', dirname(file)])
  },
)

it('keeps names in the function that runs handlers alone', () => {
  const kept = (['receiver', 'consumer', 'keeper'] as const).map((name) => bundleOptions(name).keepNames)
  expect(kept).toEqual([false, true, false])
})
