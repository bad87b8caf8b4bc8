import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Message, type Plugin } from 'esbuild'
import { handlersBundleOptions, projectRoot } from '../../bundle/bundle.ts'
import { cannotBundle } from '../../bundle/cannot-bundle.ts'

/** The registry of this project stays one module of the process, so that the handlers know its errors by their class. */
const sameRegistry: Plugin = {
  name: 'same-registry',
  setup(build) {
    const path = pathToFileURL(join(projectRoot, 'shared/handling/handler-registry.ts')).href
    build.onResolve({ filter: /^#webhooks$/ }, () => ({ path, external: true }))
  },
}

/**
 * Bundles a handlers file as it is deployed, but for what a debugger needs: names as they are written, and a source map
 * within it. The one beside it is for stacks. Throws `UsageError` with esbuild's messages.
 */
export async function bundleToDebug(
  handlersFile: string,
  outfile: string,
  nodeModules: readonly string[],
): Promise<string> {
  const options = handlersBundleOptions(handlersFile, { outfile, nodeModules })
  await build({
    ...options,
    ...{ minify: false, sourcemap: 'both', sourcesContent: true },
    plugins: [sameRegistry, ...(options.plugins ?? [])],
  }).catch((error: { errors?: Message[] }) => {
    throw cannotBundle(handlersFile, error.errors ?? [])
  })
  return outfile
}
