import { builtinModules } from 'node:module'
import { join } from 'node:path'
import type { BuildOptions as EsbuildOptions, Plugin } from 'esbuild'
import { defaultHandlersEntry, projectRoot } from '../settings/project-files.ts'
import { loadedInNeed, sdkParts } from './loaded-in-need.ts'
import { sdkSources } from './sdk-sources.ts'

/** The Lambdas, by the name of their folder in `functions/`. */
export type FunctionName = 'receiver' | 'consumer' | 'keeper'

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

/** How the packages of all bundles are taken. */
const ofPackages: Plugin[] = [builtinsWithoutImport, sdkSources]

/** `#handlers` is the user's handlers file, and `#webhooks` this project's, wherever that file lies. */
function projectImports(handlersEntry: string): Plugin {
  return {
    name: 'project-imports',
    setup(build) {
      build.onResolve({ filter: /^#handlers$/ }, () => ({ path: handlersEntry }))
      build.onResolve({ filter: /^#webhooks$/ }, () => ({
        path: join(projectRoot, 'shared/webhooks.ts'),
      }))
    },
  }
}

export interface BundleOptions {
  /** @default dist/ */
  readonly outdir?: string
  /** @default functions/handlers/index.ts */
  readonly handlersEntry?: string
  /**
   * Packages that are left out of the bundle and imported by their names: they are to lie beside it.
   * @default none
   */
  readonly nodeModules?: readonly string[]
}

/**
 * The one set of esbuild options for a Lambda: `dist/<name>/index.mjs`, export `handler`, source map beside.
 * The deployment and the local run share it.
 */
export function bundleOptions(name: FunctionName, options: BundleOptions = {}): EsbuildOptions {
  const {
    outdir = join(projectRoot, 'dist'),
    handlersEntry = defaultHandlersEntry,
    nodeModules = [],
  } = options
  const entry = join(projectRoot, 'functions', name, 'handler.ts')
  const outfile = join(outdir, name, 'index.mjs')
  return optionsFor({ entry, outfile, handlersEntry, nodeModules, hasHandlers: name === 'consumer' })
}

/** A handlers file on its own, bundled as it is for the consumer: to read what it exports. */
export function handlersBundleOptions(
  handlersEntry: string,
  { outfile, nodeModules = [] }: { outfile: string; nodeModules?: readonly string[] },
): EsbuildOptions {
  return optionsFor({ entry: handlersEntry, outfile, handlersEntry, nodeModules, hasHandlers: true })
}

/** `mainFields` are those of Node, for the handlers' packages. */
function optionsFor(from: {
  entry: string
  outfile: string
  handlersEntry: string
  nodeModules: readonly string[]
  hasHandlers: boolean
}): EsbuildOptions {
  return {
    entryPoints: [from.entry],
    outfile: from.outfile,
    absWorkingDir: projectRoot,
    bundle: true,
    external: [...from.nodeModules],
    minify: true,
    // Handlers, and their packages, may tell errors by `constructor.name`: what runs deployed is what their tests ran. It takes
    // 34 KB of the consumer's 500, and 2 to 4 % of the time to import it.
    keepNames: from.hasHandlers,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['main', 'module'],
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    logLevel: 'silent',
    // Packages of CommonJS ask for them. Files that they look for there are not in the bundle.
    define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' },
    plugins: [
      projectImports(from.handlersEntry),
      sdkParts(ofPackages),
      ...ofPackages,
      // What handlers import dynamically stays in their bundle.
      ...(from.hasHandlers ? [] : [loadedInNeed]),
    ],
    // What is left of CommonJS in the SDK asks for `require`.
    banner: {
      js: "const require = process.getBuiltinModule('module').createRequire(import.meta.url);",
    },
  }
}
