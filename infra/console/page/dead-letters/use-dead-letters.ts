import { useRef, useState } from 'preact/hooks'
import { consoleApi, type DeadLetters } from '../api/console-api.ts'
import { useLive } from '../live/use-live.ts'
import { type Asked, useAnswer } from '../use-answer.ts'

const atMostEveryMs = 4_000

export interface DeadLettersState
  extends Pick<Asked<DeadLetters>, 'answer' | 'problem' | 'isAsking' | 'ask'> {
  /** Something is being done with them. */
  isBusy: boolean
  /** What the last work came to. */
  said: string
  /** Does something with them, and looks again. */
  run(work: () => Promise<string>): void
}

/**
 * What lies in the dead-letter queue. To look at it, the queue must hand it out: only when there are others, and now and
 * then.
 */
export function useDeadLetters(onDone: () => void): DeadLettersState {
  const { answer, problem, isAsking, ask } = useAnswer(consoleApi.deadLetters, 'dead-letters')
  const [said, say] = useState('')
  const [failure, setFailure] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const looked = useRef<{ atMs: number; depth: number | undefined }>({ atMs: Date.now(), depth: undefined })

  const live = useLive(() => {
    const depth = depthNow()
    if (isBusy || isAsking || Date.now() - looked.current.atMs < atMostEveryMs) return
    if (!shouldLook(depth, looked.current.depth, answer)) return
    look()
  })

  function depthNow(): number | undefined {
    const depth = live.status?.deadLetters
    return depth && depth.waiting + depth.inWork
  }

  function look(): void {
    looked.current = { atMs: Date.now(), depth: depthNow() }
    ask()
  }

  async function work(task: () => Promise<string>): Promise<void> {
    setBusy(true)
    setFailure(undefined)
    await task().then(say, (error: Error) => setFailure(error.message))
    setBusy(false)
    onDone()
    look()
  }

  const run = (task: () => Promise<string>) => void work(task)
  return { answer, problem: failure ?? problem, isAsking, isBusy, said, ask: look, run }
}

/**
 * Whether there are other dead letters than those that were seen. `depth`: how many the queue counts; `before`: the same
 * at the last look, which may have missed what somebody else was looking at.
 */
export function shouldLook(
  depth: number | undefined,
  before: number | undefined,
  seen: Pick<DeadLetters, 'count' | 'elsewhere'> | undefined,
): boolean {
  return depth !== undefined && depth !== before && depth !== seen?.count
}
