import { build, type Message } from 'esbuild'
import { handlersBundleOptions } from './bundle.ts'
import { cannotBundle } from './cannot-bundle.ts'

/** Bundles a handlers file on its own and returns the bundle. Throws `UsageError` with esbuild's messages. */
export async function bundleHandlers(
  handlersEntry: string,
  outfile: string,
  nodeModules: readonly string[] = [],
): Promise<string> {
  const options = handlersBundleOptions(handlersEntry, { outfile, nodeModules })
  await build(options).catch((error: { errors?: Message[] }) => {
    throw cannotBundle(handlersEntry, error.errors ?? [])
  })
  return outfile
}
