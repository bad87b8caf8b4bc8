import type { Fault, History } from './history.ts'
import type { SimulatedTime } from './simulated-time.ts'
import type { SimulatedWorker } from './simulated-worker.ts'

/** What the SDK waits for an answer before it sends the same again. */
const requestTimeoutMs = 2_000

export interface Wire {
  /**
   * Sends a request that has its effect (`perform`) some time later and brings the answer some time after that, unless a
   * fault is planned for here. What `perform` throws is the answer, too.
   */
  request<T>(worker: SimulatedWorker, at: Fault['at'], signal: AbortSignal, perform: () => T): Promise<T>
  /** A point in a handler's run where a fault may strike; undefined when none does. */
  pass(worker: SimulatedWorker): Promise<void> | undefined
  latencyMs(): number
  /** Takes the fault that is planned for the next time that a worker gets there, if one is. */
  nextFault(at: Fault['at']): Fault | undefined
}

export function faultyWire(history: History, time: SimulatedTime): Wire {
  const timesAt = new Map<Fault['at'], number>()
  let messages = 0
  const nextFault = (at: Fault['at']): Fault | undefined => {
    const nth = timesAt.get(at) ?? 0
    timesAt.set(at, nth + 1)
    return history.faults.find((fault) => fault.at === at && fault.nth === nth)
  }
  const latencyMs = () => history.latencies[messages++ % history.latencies.length] ?? 0

  return {
    latencyMs,
    nextFault,
    pass(worker) {
      const fault = nextFault('handler')
      if (!fault || !strike(worker, fault)) return undefined
      return new Promise((resolve) => time.schedule(time.now(), resolve, worker))
    },
    request<T>(worker: SimulatedWorker, at: Fault['at'], signal: AbortSignal, perform: () => T) {
      const fault = nextFault(at)
      return new Promise<T>((resolve, reject) => {
        const giveUp = () => reject(signal.reason)
        if (signal.aborted) return giveUp()
        signal.addEventListener('abort', giveUp, { once: true })
        const answer = (settle: () => void, afterMs: number) =>
          time.schedule(time.now() + afterMs, settle, worker)
        const attempt = (): (() => void) => {
          try {
            const value = perform()
            return () => resolve(value)
          } catch (error) {
            return () => reject(error)
          }
        }
        const arrive = () => {
          const settle = attempt()
          if (fault?.what === 'silent') return
          if (fault?.what === 'repeated')
            return void time.schedule(
              time.now() + requestTimeoutMs,
              () => answer(attempt(), latencyMs()),
              worker,
            )
          if (fault?.what === 'unanswered')
            return void answer(() => reject(new Error('No answer')), requestTimeoutMs)
          if (fault?.what === 'dies-after' || fault?.what === 'stalls-after' || fault?.what === 'blocks')
            strike(worker, fault)
          answer(settle, latencyMs())
        }
        if (fault?.what === 'refused')
          return void answer(() => reject(new Error('Not taken')), requestTimeoutMs)
        const isBefore = fault?.what === 'dies-before' || fault?.what === 'stalls-before'
        if (fault && isBefore) strike(worker, fault)
        // What is on its way gets there, whatever becomes of its sender.
        time.schedule(time.now() + latencyMs(), arrive, isBefore ? worker : undefined)
      })
    },
  }
}

function strike(worker: SimulatedWorker, { what, overMs }: Fault): boolean {
  if (what === 'dies-before' || what === 'dies-after') worker.die()
  else if (what === 'stalls-before' || what === 'stalls-after') worker.stall(overMs)
  else if (what === 'blocks') worker.block()
  else return false
  return true
}
