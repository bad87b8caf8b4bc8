import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BuildOptions, Plugin } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The Lambdas, by the name of their folder in `functions/`. */
export type FunctionName = 'receiver' | 'consumer'

/** The handlers that are bundled unless another file is named. */
export const defaultHandlersEntry = join(root, 'functions/handlers/index.ts')

const builtins = new Set(builtinModules)

/**
 * Takes Node's builtins through `process.getBuiltinModule`. Importing `node:http` the ESM way loads undici
 * as well, which costs 20 ms of a cold start on Node 24; this way it does not.
 */
const builtinsWithoutImport: Plugin = {
  name: 'builtins-without-import',
  setup(build) {
    build.onResolve({ filter: /^[a-z_:/]+$/ }, ({ path }) =>
      path.startsWith('node:') || builtins.has(path) ? { path, namespace: 'builtin' } : undefined,
    )
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
    }))
  },
}

/** `#handlers` is the user's handlers file, and `#webhooks` this project's, wherever that file lies. */
function projectImports(handlersEntry: string): Plugin {
  return {
    name: 'project-imports',
    setup(build) {
      build.onResolve({ filter: /^#handlers$/ }, () => ({ path: handlersEntry }))
      build.onResolve({ filter: /^#webhooks$/ }, () => ({ path: join(root, 'shared/handler-registry.ts') }))
    },
  }
}

/**
 * The one set of esbuild options for a Lambda: `dist/<name>/index.mjs`, export `handler`, source map beside.
 * The deployment and the local run share it.
 */
export function bundleOptions(
  name: FunctionName,
  { outdir = join(root, 'dist'), handlersEntry = defaultHandlersEntry } = {},
): BuildOptions {
  const entry = join(root, 'functions', name, 'handler.ts')
  return optionsFor(entry, join(outdir, name, 'index.mjs'), handlersEntry)
}

/** A handlers file on its own, bundled as it is for the consumer: to read what it exports. */
export function handlersBundleOptions(handlersEntry: string, outfile: string): BuildOptions {
  return optionsFor(handlersEntry, outfile, handlersEntry)
}

/** `mainFields` prefers ESM sources, which esbuild can shake. */
function optionsFor(entry: string, outfile: string, handlersEntry: string): BuildOptions {
  return {
    entryPoints: [entry],
    outfile,
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    logLevel: 'silent',
    plugins: [projectImports(handlersEntry), builtinsWithoutImport],
    // What is left of CommonJS in the SDK asks for `require`.
    banner: {
      js: "const require = process.getBuiltinModule('module').createRequire(import.meta.url);",
    },
  }
}
