import { deliveryOfLine } from '../../operate/log-lines.ts'
import { keeper } from '../../settings/topology.ts'
import type { LineRecord } from '../line-record.ts'
import { type LambdaPool, lambdaPool } from './lambda-pool.ts'

/** A deployed stack brings in what was put aside every five minutes; here it takes no longer than somebody watches. */
const bringInAfterMs = 10_000

/**
 * Has the keeper bring in what the receiver puts aside, as the schedule of a deployed stack does: some seconds after a line tells
 * of it, and again as long as something is left. The returned function ends that.
 */
export function bringInWhenPutAside(
  record: Pick<LineRecord, 'subscribe'>,
  invoke: (event: unknown) => Promise<unknown>,
  afterMs = bringInAfterMs,
): () => void {
  let timer: NodeJS.Timeout | undefined
  const bringIn = async () => {
    const { left } = (await invoke({ bringIn: true }).catch(() => ({}))) as { left?: number }
    timer = undefined
    if (left !== 0) plan()
  }
  const plan = () => {
    timer ??= setTimeout(() => void bringIn(), afterMs)
  }
  const unsubscribe = record.subscribe((line) => {
    if (deliveryOfLine(line)?.delivery === 'put-aside') plan()
  })
  return () => {
    unsubscribe()
    clearTimeout(timer)
  }
}

/**
 * The keeper. It is bundled and started when it is first invoked, so that a start does not wait for it. It runs one invocation
 * at a time. `env` is asked before each, since a reload may have changed what the handlers subscribe to; then a new process takes
 * over. A failed invocation is told.
 */
export function localKeeper(from: {
  /** Makes the bundle and returns the file. */
  bundle(): Promise<string>
  env(): Record<string, string>
  record: Pick<LineRecord, 'from' | 'tell'>
}): Pick<LambdaPool, 'invoke' | 'stop'> {
  const { record } = from
  let bundling: Promise<string> | undefined
  let current: { key: string; pool: LambdaPool } | undefined
  let last: Promise<unknown> = Promise.resolve()
  let isStopped = false

  function invoke(event: unknown): Promise<unknown> {
    const result = last.then(() => invokeNow(event))
    last = result.catch(() => {})
    return result
  }

  async function invokeNow(event: unknown): Promise<unknown> {
    try {
      bundling ??= from.bundle()
      const pool = await poolOf(await bundling, from.env())
      return await pool.invoke(event)
    } catch (error) {
      record.tell('error', (error as Error).message)
      throw error
    }
  }

  async function poolOf(bundleFile: string, env: Record<string, string>): Promise<LambdaPool> {
    const key = JSON.stringify(env)
    if (current?.key !== key) await current?.pool.stop(0)
    if (isStopped) throw new Error('keeper: the local run has stopped')
    if (current?.key === key) return current.pool
    const onLog = record.from('keeper')
    const spec = { name: 'keeper', bundleFile, env, timeLimitMs: keeper.timeoutMs, onLog }
    current = { key, pool: lambdaPool(spec, 1) }
    return current.pool
  }

  async function stop(graceMs: number): Promise<void> {
    isStopped = true
    await current?.pool.stop(graceMs)
  }

  return { invoke, stop }
}
