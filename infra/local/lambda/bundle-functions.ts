import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type BuildResult, build, context } from 'esbuild'
import { bundleOptions, type FunctionName } from '../../bundle/bundle.ts'
import { cannotBundle } from '../../bundle/cannot-bundle.ts'
import { terminal } from '../../terminal/terminal.ts'

/**
 * Bundles a function that holds no handlers into `outdir` and returns the file. Where `LOCAL_BUNDLES` names a folder with
 * bundles, it takes the one from there: tests make them once for all their runs.
 */
export async function bundleFunction(
  name: Exclude<FunctionName, 'consumer'>,
  outdir: string,
): Promise<string> {
  const made = terminal().env.LOCAL_BUNDLES
  if (made) return join(made, name, 'index.mjs')
  const options = bundleOptions(name, { outdir })
  await build(options)
  return options.outfile ?? ''
}

interface ConsumerBundleOptions {
  outdir: string
  handlersEntry: string
  nodeModules: readonly string[]
  /** Where it is given, the consumer is bundled again at each change of a file that it is made of. */
  onChange?: ((result: { bundleFile: string } | { problem: Error }) => void) | undefined
}

/**
 * Bundles the consumer with a handlers file. Each version has a folder of its own, so that processes of the previous one
 * keep what they loaded. Throws `UsageError` when the first version cannot be made.
 */
export async function bundleConsumer(
  options: ConsumerBundleOptions,
): Promise<{ bundleFile: string; stop(): Promise<void> }> {
  const first = Promise.withResolvers<string>()
  let version = 0
  const ended = async (result: BuildResult) => {
    const isFirst = version === 0
    version += 1
    if (result.errors.length > 0) {
      const problem = cannotBundle(options.handlersEntry, result.errors)
      return isFirst ? first.reject(problem) : options.onChange?.({ problem })
    }
    const bundleFile = await writeVersion(join(options.outdir, `consumer-${version}`), result)
    return isFirst ? first.resolve(bundleFile) : options.onChange?.({ bundleFile })
  }
  const made = bundleOptions('consumer', options)
  const plugins = [
    ...(made.plugins ?? []),
    { name: 'versions', setup: (build: import('esbuild').PluginBuild) => build.onEnd(ended) },
  ]
  const builder = await context({ ...made, plugins, write: false })
  if (options.onChange) await builder.watch()
  else builder.rebuild().catch(first.reject)
  try {
    return { bundleFile: await first.promise, stop: () => builder.dispose() }
  } catch (error) {
    await builder.dispose()
    throw error
  }
}

async function writeVersion(folder: string, { outputFiles = [] }: BuildResult): Promise<string> {
  await mkdir(folder, { recursive: true })
  await Promise.all(
    outputFiles.map(({ path, contents }) => writeFile(join(folder, basename(path)), contents)),
  )
  return join(folder, 'index.mjs')
}
