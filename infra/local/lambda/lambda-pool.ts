import { type LambdaProcess, type LambdaSpec, startLambdaProcess } from './lambda-process.ts'

/** The processes of one function are started when they are needed, kept warm, and replaced when they die. */
export interface LambdaPool {
  /** Loads the bundle in a first process. Throws `InvocationFailed` when that cannot be done. */
  warmUp(): Promise<void>
  /** Runs one invocation, as soon as a process is free. Throws `InvocationFailed`. */
  invoke(event: unknown): Promise<unknown>
  /** Takes no more invocations, lets running ones end within `graceMs`, and ends all processes. */
  stop(graceMs: number): Promise<void>
}

/** Makes a pool of at most `size` processes of a function. Each runs one invocation at a time. */
export function lambdaPool(spec: LambdaSpec, size: number): LambdaPool {
  const idle: LambdaProcess[] = []
  const all = new Set<LambdaProcess>()
  const waiting: (() => void)[] = []
  const running = new Set<Promise<unknown>>()

  async function take(): Promise<LambdaProcess> {
    for (;;) {
      const warm = idle.pop()
      if (warm && !warm.isOver()) return warm
      if (warm) all.delete(warm)
      else if (all.size < size) return start()
      else await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }

  function start(): LambdaProcess {
    const process = startLambdaProcess(spec)
    all.add(process)
    return process
  }

  function giveBack(process: LambdaProcess, isUsable: boolean): void {
    if (isUsable && !process.isOver()) idle.push(process)
    else all.delete(process)
    waiting.shift()?.()
  }

  async function run(event: unknown): Promise<unknown> {
    const process = await take()
    let isUsable = true
    try {
      return await process.invoke(event)
    } catch (error) {
      isUsable = (error as { code?: string }).code === 'FUNCTION_ERROR'
      throw error
    } finally {
      giveBack(process, isUsable)
    }
  }

  return {
    async warmUp() {
      const process = start()
      try {
        await process.ready
        giveBack(process, true)
      } catch (error) {
        giveBack(process, false)
        throw error
      }
    },
    invoke(event) {
      const result = run(event)
      running.add(result)
      const done = () => running.delete(result)
      result.then(done, done)
      return result
    },
    async stop(graceMs) {
      await settledWithin(running, graceMs)
      await Promise.all([...all].map((process) => process.kill()))
    },
  }
}

async function settledWithin(running: ReadonlySet<Promise<unknown>>, graceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, graceMs)
  void Promise.allSettled(running).then(() => resolve())
  await promise
  clearTimeout(timer)
}
