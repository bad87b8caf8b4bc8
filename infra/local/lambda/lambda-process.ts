import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { RunningReport } from '../../../shared/handling/running-handlers.ts'
import type { LoggedCall } from '../../operate/log-lines.ts'
import { InvocationFailed, type InvokeMessage, type WorkerMessage } from './worker-protocol.ts'

/** Lambda gives a function 10 seconds to load: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const initLimitMs = 10_000

/** A function, and what it is run with. */
export interface LambdaSpec {
  name: string
  bundleFile: string
  /** Packages that the bundle lacks are found from this file's folder. @default the bundle */
  resolveFrom?: string | undefined
  /** The process has these variables, and no others. */
  env: Record<string, string>
  timeLimitMs: number
  onLog(message: LoggedCall): void
}

/** One process of a function takes one invocation at a time. One that was killed is of no more use. */
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

const workerFile = fileURLToPath(new URL('./lambda-worker.ts', import.meta.url))

/** The connection to a function's process. */
interface WorkerChannel {
  /**
   * Waits until `read` makes something of a message. Throws `InvocationFailed` when the process ends before, or when it
   * takes longer than `limitMs`, for which the process is killed; and what `read` throws. There is one wait at a time.
   */
  wait<T>(what: string, limitMs: number, read: (message: WorkerMessage) => T | undefined): Promise<T>
  send(message: InvokeMessage): void
  isOver(): boolean
  kill(): Promise<void>
}

/** Starts a process that loads `bundleFile` and sees no environment but `env`. */
function openWorker(options: {
  name: string
  bundleFile: string
  resolveFrom?: string | undefined
  env: Record<string, string>
  onLog(message: LoggedCall): void
}): WorkerChannel {
  const { name, bundleFile, resolveFrom, env, onLog } = options
  const stdio = ['ignore' as const, 'pipe' as const, 'pipe' as const, 'ipc' as const]
  const child = fork(workerFile, [bundleFile, ...(resolveFrom ? [resolveFrom] : [])], {
    // The next process finds its compiled code beside the bundle. The worker removes this variable again.
    env: { ...env, NODE_COMPILE_CACHE: join(dirname(bundleFile), 'compiled') },
    execArgv: [],
    stdio,
  })
  const over = Promise.withResolvers<void>()
  let ending: string | undefined
  let report: RunningReport | undefined
  let waiting: { onMessage(message: WorkerMessage): void; onOver(): void } | undefined

  const end = (how: string) => {
    ending = how
    waiting?.onOver()
    over.resolve()
  }
  child.once('exit', (code, signal) => end(`exited with ${signal ? `signal ${signal}` : `code ${code}`}`))
  child.once('error', (error) => end(`could not run: ${error.message}`))
  child.on('message', (message: WorkerMessage) => {
    if (message.type === 'log') onLog(message)
    else if (message.type === 'running') report = message.report
    else waiting?.onMessage(message)
  })
  void forwardLines(child.stdout, (text) => onLog({ type: 'log', level: 'info', text }))
  void forwardLines(child.stderr, (text) => onLog({ type: 'log', level: 'error', text }))

  function wait<T>(
    what: string,
    limitMs: number,
    read: (message: WorkerMessage) => T | undefined,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const timer = setTimeout(() => {
      const tooLong = `${what} took longer than ${limitMs / 1000} s and was killed, as Lambda does${whoRan(report)}`
      reject(new InvocationFailed('TIMED_OUT', name, tooLong))
      child.kill('SIGKILL')
    }, limitMs)
    waiting = {
      onOver: () =>
        reject(new InvocationFailed('EXITED', name, `the process ${ending} during ${what}${whoRan(report)}`)),
      onMessage: (message) => settleBy(() => read(message), resolve, reject),
    }
    if (ending) waiting.onOver()
    return promise.finally(() => {
      clearTimeout(timer)
      waiting = undefined
    })
  }

  async function kill(): Promise<void> {
    child.kill('SIGKILL')
    await over.promise
  }

  // A process that has ended takes no message, and `wait` tells of that.
  return {
    wait,
    send: (message) => void child.send(message, () => {}),
    isOver: () => ending !== undefined,
    kill,
  }
}

/** Names the handlers that may have ended the process, or kept it from answering. */
function whoRan(report: RunningReport | undefined): string {
  if (!report) return ''
  const { running, last } = report
  if (running.length > 1) return `, while the handlers ${running.join(', ')} were running`
  if (running.length === 1) return `, while the handler ${running[0]} was running`
  return last === undefined ? '' : `, after the handler ${last} had run`
}

function settleBy<T>(
  read: () => T | undefined,
  resolve: (value: T) => void,
  reject: (error: unknown) => void,
): void {
  try {
    const value = read()
    if (value !== undefined) resolve(value)
  } catch (error) {
    reject(error)
  }
}

/** Calls `onLine` with each line. Resolves once the stream has ended. */
export async function forwardLines(stream: Readable | null, onLine: (line: string) => void): Promise<void> {
  if (stream) await once(createInterface({ input: stream }).on('line', onLine), 'close')
}
