import { useState } from 'preact/hooks'
import type { CatchUpRun } from '../api/console-api.ts'
import { counted } from '../parts/counted.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Moment } from '../parts/moment.tsx'
import { PressButton } from '../parts/press-button.tsx'
import { Problem } from '../parts/problem.tsx'
import { hrefOf } from '../route.ts'
import { type CatchUpState, useCatchUp } from './use-catch-up.ts'
import { WalkTable } from './walk-table.tsx'

/** What webhooks missed, and how far Smokeball's lists were looked at for it. */
export function CatchUpView({ isLocal }: { isLocal: boolean }) {
  const state = useCatchUp()
  const { answer, run } = state
  return (
    <>
      <h1 tabIndex={-1}>Catch up</h1>
      <p class="lead">
        Smokeball’s lists tell what a firm has changed. What no delivery has shown is handed to the handlers,
        as if it had come. The keeper walks the lists by itself; here you walk them now.
      </p>
      <Actions state={state} asksFirst={!isLocal} />
      <p role="status">{state.said || (run && runText(run))}</p>
      <Problem text={state.problem ?? run?.failure ?? undefined} />
      {run?.problems.map(({ accountId, kind, problem }) => (
        <Problem key={`${kind} ${accountId}`} text={`${accountId}, ${kind}: ${problem}`} />
      ))}
      {answer && answer.walks.length > 0 && <WalkTable walks={answer.walks} />}
      {answer && answer.count > answer.walks.length && (
        <p class="muted">
          These are {answer.walks.length} of {answer.count}. The command catch-up --status tells all.
        </p>
      )}
      {answer?.walks.length === 0 && <p class="empty">No list was walked yet.</p>}
      {run && run.found > 0 && (
        <p>
          <a href={hrefOf.live()}>See what was found among the events</a>. They are marked as recovered. The
          run began at <Moment iso={run.started} />.
        </p>
      )}
    </>
  )
}

function runText(run: NonNullable<CatchUpRun>): string {
  const { ended, lists, begun, inPart, rows, found, problems, failure } = run
  const counts = `${begun} of ${counted(lists, 'list')}, ${counted(rows, 'row')} looked at`
  if (ended === null) return `Walking: ${counts}, ${found} handed over so far.`
  const isWhole = failure === null && problems.length === 0
  const nothing = inPart ? 'Nothing was found that was missed.' : 'Nothing was missed.'
  const what = found > 0 ? `${found} handed over.` : isWhole ? nothing : 'Not all could be looked at.'
  return `${what} ${counts}.`
}

function Actions({ state, asksFirst }: { state: CatchUpState; asksFirst: boolean }) {
  const { answer, isBusy, walk, lose } = state
  const [isAsking, setAsking] = useState(false)
  const losable = answer?.losable
  return (
    <>
      <p class="buttons">
        <PressButton isOff={isBusy || !answer} onPress={() => (asksFirst ? setAsking(true) : walk())}>
          {asksFirst ? 'Catch up…' : 'Catch up'}
        </PressButton>
        {losable && (
          <PressButton isOff={isBusy} onPress={() => lose(losable)}>
            Lose one
          </PressButton>
        )}
      </p>
      {isAsking && (
        <Dialog title="Walk the lists of all firms now?" onClose={() => setAsking(false)}>
          {(close) => <WalkForm walk={walk} close={close} />}
        </Dialog>
      )}
    </>
  )
}

function WalkForm({ walk, close }: { walk(): void; close(): void }) {
  return (
    <>
      <p>
        It makes two of Smokeball’s five calls a second at most. What no delivery has shown is handled by this
        deployment’s handlers.
      </p>
      <p class="buttons">
        <button
          type="button"
          class="main-button"
          onClick={() => {
            close()
            walk()
          }}
        >
          Walk now
        </button>
        <button type="button" onClick={close}>
          Cancel
        </button>
      </p>
    </>
  )
}
