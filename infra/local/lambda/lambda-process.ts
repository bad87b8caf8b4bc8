import { randomUUID } from 'node:crypto'
import { InvocationFailed } from './invocation-failed.ts'
import { openWorker } from './worker-channel.ts'
import type { LogMessage } from './worker-protocol.ts'

/** Lambda gives a function 10 seconds to load: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const initLimitMs = 10_000

/** What a function is run with. */
export interface LambdaSpec {
  name: string
  bundleFile: string
  /** The file from whose folder the packages are found that the bundle lacks. @default the bundle */
  resolveFrom?: string | undefined
  /** All that the process sees of an environment. */
  env: Record<string, string>
  timeLimitMs: number
  onLog(message: LogMessage): void
}

/** One process of a function. It takes one invocation at a time, and is of no more use once one has killed it. */
export interface LambdaProcess {
  ready: Promise<void>
  invoke(event: unknown): Promise<unknown>
  isOver(): boolean
  kill(): Promise<void>
}

/** Starts a process. `ready` fails with `InvocationFailed` (`code` INIT_FAILED) when the bundle cannot be loaded. */
export function startLambdaProcess(spec: LambdaSpec): LambdaProcess {
  const { name, timeLimitMs } = spec
  const worker = openWorker(spec)

  async function load(): Promise<void> {
    await worker.wait('loading', initLimitMs, (message) => {
      if (message.type === 'init-failed') throw new InvocationFailed('INIT_FAILED', name, message.failure)
      return message.type === 'ready' || undefined
    })
  }

  const ready = load()
  ready.catch(worker.kill)

  async function invoke(event: unknown): Promise<unknown> {
    await ready
    const result = worker.wait('an invocation', timeLimitMs, (message) => {
      if (message.type === 'failed') throw new InvocationFailed('FUNCTION_ERROR', name, message.failure)
      return message.type === 'result' ? { value: JSON.parse(message.json) as unknown } : undefined
    })
    const deadlineEpochMs = Date.now() + timeLimitMs
    worker.send({
      requestId: randomUUID(),
      functionName: name,
      eventJson: JSON.stringify(event),
      deadlineEpochMs,
    })
    return (await result).value
  }

  return { ready, invoke, isOver: worker.isOver, kill: worker.kill }
}
