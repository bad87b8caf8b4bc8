import { timeouts } from '../../settings/topology.ts'
import type { LineRecord } from '../line-record.ts'
import { type LambdaPool, lambdaPool } from './lambda-pool.ts'

/**
 * The keeper, bundled and started when it is first invoked, so that nobody waits for it at the start. One invocation at
 * a time. `env` is asked before each: what the handlers subscribe to may have changed, and then a new process takes over.
 * An invocation that fails is told.
 */
export function localKeeper(from: {
  /** Makes the bundle and returns the file. */
  bundle(): Promise<string>
  env(): Record<string, string>
  record: Pick<LineRecord, 'from' | 'tell'>
}): Pick<LambdaPool, 'invoke' | 'stop'> {
  const { record } = from
  const retiring = new Set<LambdaPool>()
  let bundling: Promise<string> | undefined
  let current: { key: string; pool: LambdaPool } | undefined
  let isStopped = false

  async function invoke(event: unknown): Promise<unknown> {
    try {
      bundling ??= from.bundle()
      return await poolOf(await bundling, from.env()).invoke(event)
    } catch (error) {
      record.tell('error', (error as Error).message)
      throw error
    }
  }

  function poolOf(bundleFile: string, env: Record<string, string>): LambdaPool {
    if (isStopped) throw new Error('keeper: the local run has stopped')
    const key = JSON.stringify(env)
    if (current?.key === key) return current.pool
    if (current) retire(current.pool)
    const onLog = record.from('keeper')
    const spec = { name: 'keeper', bundleFile, env, timeLimitMs: timeouts.keeperMs, onLog }
    current = { key, pool: lambdaPool(spec, 1) }
    return current.pool
  }

  function retire(pool: LambdaPool): void {
    retiring.add(pool)
    void pool.stop(timeouts.keeperMs).finally(() => retiring.delete(pool))
  }

  async function stop(graceMs: number): Promise<void> {
    isStopped = true
    const pools = current ? [current.pool, ...retiring] : []
    await Promise.all(pools.map((pool) => pool.stop(graceMs)))
  }

  return { invoke, stop }
}
