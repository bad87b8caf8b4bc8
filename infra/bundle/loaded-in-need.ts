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

/** Of the SDK that this project's own clients are. Handlers may bring another one, which stays as it is. */
const credentialChain = dirname(manifestFile('@aws-sdk/credential-provider-node', projectRoot) ?? '')

/**
 * Leaves the sources of credentials that come after the environment out of the bundle, in one file beside it, which `plugins`
 * bundle: profiles, IAM Identity Center, roles, tokens, and the endpoints of containers and machines, 127 KB. The SDK's default
 * chain imports each dynamically and in need, so nothing changes for a client, a handler's own included. Lambda gives a function
 * of Node without SnapStart its credentials by the environment, which the chain asks first:
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 * https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html#snapstart-credentials
 */
export function credentialSources(plugins: Plugin[]): Plugin {
  const file = 'credential-sources.mjs'
  return {
    name: 'credential-sources',
    setup(build) {
      const sources = new Set<string>()
      build.onResolve({ filter: /^@(aws-sdk|smithy)\/credential-provider-/ }, ({ kind, path, importer }) => {
        if (kind !== 'dynamic-import' || !importer.startsWith(credentialChain)) return undefined
        sources.add(path)
        return { path: `./${file}`, external: true }
      })
      build.onEnd(async (result) => {
        if (result.errors.length > 0 || sources.size === 0) return
        const contents = [...sources].sort().map((name) => `export * from '${name}'\n`)
        const stdin = { contents: contents.join(''), resolveDir: credentialChain }
        await bundleBeside(build, result, file, { entryPoints: [], stdin, plugins, sourcemap: false })
      })
    },
  }
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
