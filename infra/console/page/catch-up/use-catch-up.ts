import { useEffect, useState } from 'preact/hooks'
import { type CatchUp, type CatchUpRun, consoleApi, type LostKind } from '../api/console-api.ts'
import { useAnswer, useKeptFresh } from '../use-answer.ts'

export interface CatchUpState {
  answer: CatchUp | undefined
  /** The run that this console has begun; null or undefined if there is none. */
  run: CatchUpRun | undefined
  problem: string | undefined
  /** Something that was asked for here is under way. */
  isBusy: boolean
  /** What the last press came to. */
  said: string
  walk(): void
  lose(kind: LostKind): void
}

const freshness = { soonMs: 1_000, isNews: () => false }
const whileItGoesOnMs = 1_000
const usuallyMs = 15_000
/** A look at all walks costs the more, the more firms there are. */
const walksMs = 60_000

/** How far walks have come, which is asked for more often while one goes on here, and what can be done. */
export function useCatchUp(): CatchUpState {
  const asked = useAnswer(consoleApi.catchUp, 'catch-up')
  const askedOfRun = useAnswer(consoleApi.catchUpRun, 'catch-up/run')
  const run = askedOfRun.answer?.run
  const [said, say] = useState('')
  const [failure, setFailure] = useState<string>()
  const [isPressed, setPressed] = useState(false)
  const goesOn = run?.ended === null
  useKeptFresh(askedOfRun, { ...freshness, everyMs: goesOn ? whileItGoesOnMs : usuallyMs })
  useKeptFresh(asked, { ...freshness, everyMs: walksMs })
  useEffect(() => {
    if (run?.ended) asked.ask()
  }, [run?.ended])

  async function work(task: () => Promise<string>): Promise<void> {
    setPressed(true)
    setFailure(undefined)
    await task().then(say, (error: Error) => setFailure(error.message))
    setPressed(false)
    askedOfRun.ask()
  }

  return {
    answer: asked.answer,
    run,
    problem: failure ?? asked.problem ?? askedOfRun.problem,
    isBusy: isPressed || goesOn,
    said,
    walk: () =>
      void work(async () => {
        await consoleApi.walkNow('all')
        return ''
      }),
    lose: (kind) =>
      void work(async () => {
        const { id } = await consoleApi.lose(kind)
        return `The ${kind} ${id} was changed, and nothing was delivered. Catch up to find it.`
      }),
  }
}
