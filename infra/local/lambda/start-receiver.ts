import { timeouts } from '../../settings/topology.ts'
import type { LineRecord } from '../line-record.ts'
import { bundleFunction } from './bundle-functions.ts'
import { type LambdaPool, lambdaPool } from './lambda-pool.ts'

export type Receiver = Pick<LambdaPool, 'invoke' | 'stop'>

/** Bundles the receiver and starts it. An invocation that fails is told, since its sender learns nothing of it. */
export async function startReceiver(from: {
  outdir: string
  env: Record<string, string>
  timeLimitMs: number | undefined
  processes: number
  record: LineRecord
}): Promise<Receiver> {
  const { outdir, env, timeLimitMs = timeouts.receiverMs, processes, record } = from
  const bundleFile = await bundleFunction('receiver', outdir)
  const onLog = record.from('receiver')
  const pool = lambdaPool({ name: 'receiver', bundleFile, env, timeLimitMs, onLog }, processes)
  try {
    await pool.warmUp()
  } catch (error) {
    await pool.stop(0)
    throw error
  }
  return {
    async invoke(event) {
      try {
        return await pool.invoke(event)
      } catch (error) {
        record.tell('error', (error as Error).message)
        throw error
      }
    },
    stop: pool.stop,
  }
}
