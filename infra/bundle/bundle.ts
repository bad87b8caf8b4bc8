import { readFileSync, realpathSync } from 'node:fs'
import { builtinModules, findPackageJSON } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { BuildOptions as EsbuildOptions, OnResolveResult, Plugin } from 'esbuild'
import { defaultHandlersEntry, projectRoot } from '../settings/project-files.ts'

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

/**
 * What a function of ours imports dynamically is a file of its own beside its bundle, with all that it is made of, parts of the
 * bundle included: it is loaded in need alone, and the bundle stays one file. (esbuild's own splitting would take what both
 * have in common out of the bundle, into a third file that every start has to load.)
 */
const loadedInNeed: Plugin = {
  name: 'loaded-in-need',
  setup({ onResolve, onEnd, initialOptions, esbuild }) {
    const files = new Set<string>()
    onResolve({ filter: /^\..*\.ts$/ }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined
      files.add(join(resolveDir, path))
      return { path: `./${fileName(path)}`, external: true }
    })
    onEnd(async ({ errors }) => {
      if (errors.length > 0) return
      for (const file of files) {
        const outfile = join(dirname(initialOptions.outfile ?? ''), fileName(file))
        const plugins = initialOptions.plugins?.filter((plugin) => plugin !== loadedInNeed) ?? []
        await esbuild.build({ ...initialOptions, entryPoints: [file], outfile, plugins })
      }
    })
  },
}

/** `./second-place.ts` → `second-place.mjs` */
function fileName(path: string): string {
  return `${basename(path, '.ts')}.mjs`
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
      builtinsWithoutImport,
      sdkSources,
      // What handlers import dynamically stays in their bundle.
      ...(from.hasHandlers ? [] : [loadedInNeed]),
    ],
    // What is left of CommonJS in the SDK asks for `require`.
    banner: {
      js: "const require = process.getBuiltinModule('module').createRequire(import.meta.url);",
    },
  }
}

interface Manifest {
  module?: string
  exports?: unknown
  sideEffects?: unknown
}

/**
 * Takes the ESM sources of the SDK and of middy, which esbuild can shake: with their CommonJS, the receiver would be
 * 490 KB and not 342. No other package's: `require` of one that has both is to give what it gives in Node, and not the
 * namespace of its ES module.
 */
const sdkSources: Plugin = {
  name: 'sdk-sources',
  setup(build) {
    const { external = [] } = build.initialOptions
    build.onResolve({ filter: /^@(aws-sdk|smithy|aws-crypto|middy)\/[^/]+$/ }, ({ path, resolveDir }) =>
      external.includes(path) ? undefined : esmSource(path, resolveDir),
    )
  },
}

/** Undefined where there is nothing to choose: esbuild itself finds what `exports` names, and says what is missing. */
function esmSource(name: string, from: string): OnResolveResult | undefined {
  const file = manifestFile(name, from)
  if (!file) return undefined
  const { module, exports, sideEffects } = JSON.parse(readFileSync(file, 'utf8')) as Manifest
  if (!module || exports) return undefined
  return { path: join(dirname(realpathSync(file)), module), sideEffects: sideEffects !== false }
}

function manifestFile(name: string, from: string): string | undefined {
  try {
    return findPackageJSON(name, pathToFileURL(join(from, 'from.js')))
  } catch {
    return undefined
  }
}
