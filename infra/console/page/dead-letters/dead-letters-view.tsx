import { useRef, useState } from 'preact/hooks'
import { consoleApi } from '../api/console-api.ts'
import { useLive } from '../live/use-live.ts'
import { counted } from '../parts/counted.ts'
import { Problem } from '../parts/problem.tsx'
import { useAnswer } from '../use-answer.ts'
import { DropDialog } from './drop-dialog.tsx'
import { LetterTable } from './letter-table.tsx'

const atMostEveryMs = 4_000

/** What the handlers could not do, and what becomes of it. */
export function DeadLettersView() {
  const { answer, problem, isAsking, ask } = useAnswer(consoleApi.deadLetters, 'dead-letters')
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [isDropping, setDropping] = useState(false)
  const [said, say] = useState('')
  const [failure, setFailure] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const letters = answer?.letters ?? []
  const selected = letters.filter(({ id }) => chosen.has(id)).map(({ id }) => id)
  const askedAt = useRef(Date.now())
  // To look at them, the queue must hand them out: only when there are others, and now and then.
  const live = useLive(() => {
    const { waiting = 0, inWork = 0 } = live.status?.deadLetters ?? {}
    if (isBusy || isAsking || waiting + inWork === letters.length) return
    if (Date.now() - askedAt.current < atMostEveryMs) return
    askedAt.current = Date.now()
    ask()
  })

  async function run(work: () => Promise<string>): Promise<void> {
    setBusy(true)
    setFailure(undefined)
    await work().then(say, (error: Error) => setFailure(error.message))
    setBusy(false)
    setChosen(new Set())
    ask()
  }

  const redrive = (ids: string[] | 'all') =>
    run(
      async () =>
        `${counted((await consoleApi.redrive(ids)).redriven, 'event')} went back to the queue, to be handled again.`,
    )
  const drop = (reason: string) =>
    run(async () => `${counted((await consoleApi.drop(selected, reason)).dropped, 'dead letter')} dropped.`)

  return (
    <>
      <h1 tabIndex={-1}>Dead letters</h1>
      <p class="lead">
        Events that a handler could not handle, however often it tried. Mend the cause, then redrive them: the
        handlers that failed run again. What is of no use can be dropped.
      </p>
      <p class="buttons">
        <button type="button" disabled={isBusy || selected.length === 0} onClick={() => redrive(selected)}>
          Redrive selected
        </button>
        <button type="button" disabled={isBusy || letters.length === 0} onClick={() => redrive('all')}>
          Redrive all
        </button>
        <button type="button" disabled={isBusy || selected.length === 0} onClick={() => setDropping(true)}>
          Drop selected…
        </button>
        <button type="button" disabled={isAsking} onClick={ask}>
          Look again
        </button>
      </p>
      <p role="status">{said}</p>
      <Problem text={failure ?? problem} />
      {answer && letters.length === 0 && (
        <p class="empty">No dead letters: all that came could be handled.</p>
      )}
      {!answer && isAsking && <p class="empty">Asking…</p>}
      {letters.length > 0 && <LetterTable letters={letters} selected={chosen} onSelect={setChosen} />}
      {isDropping && <DropDialog count={selected.length} onDrop={drop} onClose={() => setDropping(false)} />}
    </>
  )
}
