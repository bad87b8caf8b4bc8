import { isAbsolute, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig, type Plugin } from 'vitest/config'
import project from './package.json' with { type: 'json' }

/** The project's own names. Node knows them only outside `functions/handlers`, which is a package of its own. */
const alias = Object.entries(project.imports).map(([name, file]) => ({
  find: new RegExp(`^${name}$`),
  replacement: fileURLToPath(new URL(file, import.meta.url)),
}))

const handlersTests = fileURLToPath(new URL('./test/handlers/', import.meta.url))
const handlersEntry = fileURLToPath(new URL('./functions/handlers/index.ts', import.meta.url))

/**
 * What tests of the handlers import and mock by name is what the handlers import by it: from `test/handlers`, their
 * `node_modules` are out of sight, and a mock of a package that is not found has no effect and tells nothing.
 */
const handlersPackages: Plugin = {
  name: 'handlers-packages',
  enforce: 'pre',
  resolveId: {
    filter: { id: /^[\w@]/ },
    handler(name, importer, options) {
      const isOfTest = importer !== undefined && normalize(importer).startsWith(handlersTests)
      if (isOfTest && !isAbsolute(name))
        return this.resolve(name, handlersEntry, { ...options, skipSelf: true })
    },
  },
}

/** The domain, the templates, the page's logic and the simulation. */
const unit = [
  'test/layout.test.ts',
  'test/bench/*.test.ts',
  'test/infra/console/page-*.test.ts',
  'test/infra/aws/*.test.ts',
  'test/shared/**/*.test.ts',
  'test/simulation/*.test.ts',
]
/** They mock a module, or change what a process has only once. Other tests share their modules with the next file. */
const isolated = [
  'test/functions/**/*.test.ts',
  'test/infra/cli/{accounts,catch-up,cdk-command-line,connect,connect-import,doctor,domain,json,probe-lists,prompts,rotate-key,subscriptions,use-aws}.test.ts',
]
const handlers = ['test/handlers/**/*.test.ts', 'functions/handlers/**/*.test.ts']
/** `npm run test:deploy`, `npm run test:browser`. */
const apart = ['test/deploy/**', 'test/browser/**']
const madeBundles = 'test/infra/bundle/made-bundles.ts'

/** docs/contributing-tests.md says what each is for. */
export default defineConfig({
  plugins: [handlersPackages],
  resolve: { alias },
  test: {
    // Many tests wait for processes of their own: on two cores, two workers take little more than half the time of one.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: unit,
          isolate: false,
          setupFiles: ['test/infra/aws/remove-apps.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...apart, ...handlers, ...unit, ...isolated],
          isolate: false,
          globalSetup: [madeBundles],
        },
      },
      { extends: true, test: { name: 'isolated', include: isolated, globalSetup: [madeBundles] } },
      { extends: true, test: { name: 'handlers', include: handlers } },
      {
        extends: true,
        test: {
          name: 'proof',
          include: ['test/**/*.proof.ts'],
          exclude: [...configDefaults.exclude, ...apart],
          globalSetup: [madeBundles],
          setupFiles: ['test/infra/aws/remove-apps.ts'],
        },
      },
    ],
  },
})
