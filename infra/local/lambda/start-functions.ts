import type { Engines } from '../engines/engines.ts'
import type { LineRecord } from '../line-record.ts'
import type { StartLocalOptions } from '../local.ts'
import type { Consumer } from './bundled-consumer.ts'
import { functionEnvironment } from './function-environment.ts'
import { startConsumer } from './start-consumer.ts'
import { type Receiver, startReceiver } from './start-receiver.ts'

export interface StartFunctionsOptions {
  options: StartLocalOptions
  engines: Engines
  outdir: string
  maxAttempts: number
  consumerTimeoutMs: number
  processes: number
  record: LineRecord
}

/** Starts receiver and consumer side by side. What has started is stopped by `cleanUp`. */
export async function startFunctions(
  from: StartFunctionsOptions,
  cleanUp: AsyncDisposableStack,
  stopGraceMs: number,
): Promise<{ receiver: Receiver; consumer: Consumer }> {
  const { options, engines, outdir, maxAttempts, processes, record } = from
  const env = functionEnvironment(engines, { maxAttempts })
  const timeLimitMs = options.receiverTimeoutMs
  const starting = startReceiver({ outdir, env, timeLimitMs, processes, record })
  const consuming = startConsumer(from)
  // Both, even when one fails: what still starts while all is taken down would be left behind.
  for (const started of await Promise.allSettled([starting, consuming])) {
    if (started.status === 'fulfilled') cleanUp.defer(() => started.value.stop(stopGraceMs))
  }
  return { receiver: await starting, consumer: await consuming }
}
