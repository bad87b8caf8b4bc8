import { type HandlerInfo, readHandlers } from '../../bundle/read-handlers.ts'
import { bundleConsumer } from './bundle-functions.ts'
import { type LambdaPool, lambdaPool } from './lambda-pool.ts'
import type { LambdaSpec } from './lambda-process.ts'

/** The consumer, however its handlers came. */
export interface Consumer {
  handlers: readonly HandlerInfo[]
  invoke(event: unknown): Promise<unknown>
  stop(graceMs: number): Promise<void>
}

interface BundledConsumerOptions extends Omit<LambdaSpec, 'name' | 'bundleFile' | 'resolveFrom'> {
  handlersEntry: string
  /** The bundle leaves these packages out: they are found from the handlers file. */
  nodeModules?: readonly string[] | undefined
  outdir: string
  processes: number
  /**
   * Where it is given, a change of a file leads to a reload. It is called with the new handlers, or with the problem if the
   * old ones stay.
   */
  onReload?: ((result: { handlers: readonly HandlerInfo[] } | { problem: Error }) => void) | undefined
}

/**
 * Runs the consumer's bundle with a handlers file in processes of its own. Throws `UsageError` or `InvocationFailed` when the
 * handlers are not usable. After a reload, new invocations go to new processes; running ones end where they began.
 */
export async function bundledConsumer(options: BundledConsumerOptions): Promise<Consumer> {
  const { handlersEntry, nodeModules = [], outdir, env, processes, onReload } = options
  const readNow = () => readHandlers(handlersEntry, { outdir, env, nodeModules })
  let handlers = await readNow()
  let reloading = Promise.resolve()
  const retiring = new Set<LambdaPool>()
  const resolveFrom = nodeModules.length > 0 ? handlersEntry : undefined
  const poolOf = (bundleFile: string) =>
    lambdaPool({ ...options, name: 'consumer', bundleFile, resolveFrom }, processes)

  const onChange =
    onReload &&
    ((changed: { bundleFile: string } | { problem: Error }) => {
      reloading = reloading.then(() =>
        'problem' in changed ? onReload(changed) : reload(changed.bundleFile),
      )
    })
  const bundle = await bundleConsumer({ outdir, handlersEntry, nodeModules, onChange })
  let current = poolOf(bundle.bundleFile)

  async function reload(bundleFile: string): Promise<void> {
    const next = poolOf(bundleFile)
    try {
      const read = await readNow()
      await next.warmUp()
      handlers = read
    } catch (problem) {
      await next.stop(0)
      return onReload?.({ problem: problem as Error })
    }
    retire(current)
    current = next
    onReload?.({ handlers })
  }

  function retire(pool: LambdaPool): void {
    retiring.add(pool)
    void pool.stop(options.timeLimitMs).finally(() => retiring.delete(pool))
  }

  async function stop(graceMs: number): Promise<void> {
    await bundle.stop()
    await reloading
    await Promise.all([current, ...retiring].map((pool) => pool.stop(graceMs)))
  }

  try {
    await current.warmUp()
  } catch (error) {
    await stop(0)
    throw error
  }
  return {
    get handlers() {
      return handlers
    },
    invoke: (event) => current.invoke(event),
    stop,
  }
}
