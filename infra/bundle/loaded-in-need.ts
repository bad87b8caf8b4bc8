import { basename, dirname, join } from 'node:path'
import type { BuildOptions, BuildResult, Plugin, PluginBuild } from 'esbuild'
import { projectRoot } from '../settings/project-files.ts'
import { manifestFile } from './sdk-sources.ts'

/**
 * What a function of ours imports dynamically is a file of its own beside its bundle, with all that it is made of, parts of the
 * bundle included: it is loaded in need alone, and the bundle stays one file. (esbuild's own splitting would take what both
 * have in common out of the bundle, into a third file that every start has to load.)
 */
export const loadedInNeed: Plugin = {
  name: 'loaded-in-need',
  setup(build) {
    const files = new Set<string>()
    build.onResolve({ filter: /^\..*\.ts$/ }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined
      files.add(join(resolveDir, path))
      return { path: `./${fileName(path)}`, external: true }
    })
    build.onEnd(async (result) => {
      if (result.errors.length > 0) return
      const plugins = build.initialOptions.plugins?.filter((each) => each !== loadedInNeed) ?? []
      for (const file of files)
        await bundleBeside(build, result, fileName(file), { entryPoints: [file], plugins })
    })
  },
}

/** `./second-place.ts` → `second-place.mjs` */
function fileName(path: string): string {
  return `${basename(path, '.ts')}.mjs`
}

/**
 * Leaves what the SDK itself imports dynamically out of the bundle, in one file beside it, which `plugins` bundle:
 *
 * - the sources of credentials that its default chain asks after the environment: profiles, IAM Identity Center, roles, tokens,
 *   the endpoints of containers and machines. Lambda gives a function of Node without SnapStart its credentials by the
 *   environment: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime and
 *   https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html#snapstart-credentials
 * - event streams, which no service that we call has. Within the bundle, they would also keep esbuild from leaving out what
 *   nobody uses of the modules that they share with all clients.
 *
 * It is all there for a handler's own client, and for one on this machine.
 */
export function sdkParts(plugins: Plugin[]): Plugin {
  const file = 'sdk-parts.mjs'
  return {
    name: 'sdk-parts',
    setup(build) {
      const parts = new Set<string>()
      build.onResolve({ filter: /^@(aws-sdk|smithy)\// }, async ({ kind, path, importer, resolveDir }) => {
        if (kind !== 'dynamic-import' || !isOfOwnSdk(importer)) return undefined
        const part = await build.resolve(path, { kind: 'import-statement', importer, resolveDir })
        parts.add(part.path)
        return { path: `./${file}`, external: true }
      })
      build.onEnd(async (result) => {
        if (result.errors.length > 0 || parts.size === 0) return
        const contents = [...parts].sort().map((part) => `export * from ${JSON.stringify(part)}\n`)
        const stdin = { contents: contents.join(''), resolveDir: projectRoot }
        await bundleBeside(build, result, file, { entryPoints: [], stdin, plugins, sourcemap: false })
      })
    },
  }
}

const ownPackages = join(manifestFile('@aws-sdk/client-sqs', projectRoot) ?? '', '../../..')

/** Whether a file is of the SDK that this project's own clients are. Handlers may bring another one, which stays as it is. */
function isOfOwnSdk(file: string): boolean {
  const [own = '', inner] = file.startsWith(ownPackages)
    ? file.slice(ownPackages.length).split('node_modules')
    : []
  return inner === undefined && /^[\\/]@(aws-sdk|smithy)[\\/]/.test(own)
}

/** Bundles an entry into `file`. A build that writes nothing has its text in `outputFiles`, too. */
async function bundleBeside(
  { initialOptions, esbuild }: PluginBuild,
  { outputFiles: made }: BuildResult,
  file: string,
  entry: BuildOptions,
): Promise<void> {
  const outfile = join(dirname(initialOptions.outfile ?? ''), file)
  const { outputFiles = [] } = await esbuild.build({ ...initialOptions, ...entry, outfile })
  made?.push(...outputFiles)
}
