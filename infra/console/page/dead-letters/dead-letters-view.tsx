import { useId, useState } from 'preact/hooks'
import { consoleApi, type DeadLetters } from '../api/console-api.ts'
import { counted } from '../parts/counted.ts'
import { Dialog } from '../parts/dialog.tsx'
import { PressButton } from '../parts/press-button.tsx'
import { Problem } from '../parts/problem.tsx'
import { LetterTable } from './letter-table.tsx'
import { type DeadLettersState, useDeadLetters } from './use-dead-letters.ts'

/** What the handlers could not do, and what becomes of it. */
export function DeadLettersView() {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const state = useDeadLetters(() => setChosen(new Set()))
  const { answer, isAsking } = state
  const letters = answer?.letters ?? []
  const selected = letters.filter(({ id }) => chosen.has(id)).map(({ id }) => id)
  return (
    <>
      <h1 tabIndex={-1}>Dead letters</h1>
      <p class="lead">
        Events that a handler could not handle, however often it tried. Mend the cause, then redrive them: the
        handlers that failed run again. Drop those that are of no use.
      </p>
      <LetterActions state={state} selected={selected} />
      <p role="status">{state.said}</p>
      <Problem text={state.problem} />
      {answer && <p class="muted">{seenText(answer)}</p>}
      {!answer && isAsking && <p class="empty">Asking…</p>}
      {letters.length > 0 && <LetterTable letters={letters} selected={chosen} onSelect={setChosen} />}
      {answer?.count === 0 && answer.elsewhere === 0 && (
        <p class="empty">No dead letters: all that came could be handled.</p>
      )}
    </>
  )
}

function LetterActions({ state, selected }: { state: DeadLettersState; selected: string[] }) {
  const { answer, isBusy, isAsking, run } = state
  const [isDropping, setDropping] = useState(false)
  const isNoneSelected = isBusy || selected.length === 0
  const redrive = (ids: string[] | 'all') =>
    run(async () => {
      const { redriven, kept, elsewhere } = await consoleApi.redrive(ids)
      const left = ids === 'all' && kept > 0 ? ` ${aheadText(kept)}` : ''
      return `${counted(redriven, 'event')} went back to the queue, to be handled again.${left}${elsewhereText(elsewhere)}`
    })
  const drop = (reason: string) =>
    run(async () => {
      const { dropped, elsewhere } = await consoleApi.drop(selected, reason)
      return `${counted(dropped, 'dead letter')} dropped.${elsewhereText(elsewhere)}`
    })
  return (
    <>
      <p class="buttons">
        <PressButton isOff={isNoneSelected} onPress={() => redrive(selected)}>
          Redrive selected
        </PressButton>
        <PressButton isOff={isBusy || !answer?.count} onPress={() => redrive('all')}>
          Redrive all
        </PressButton>
        <PressButton isOff={isNoneSelected} onPress={() => setDropping(true)}>
          Drop selected…
        </PressButton>
        <PressButton isOff={isAsking} onPress={state.ask}>
          Look again
        </PressButton>
      </p>
      {isDropping && <DropDialog count={selected.length} onDrop={drop} onClose={() => setDropping(false)} />}
    </>
  )
}

/** Tells of the letters that go back only if they are selected. */
function aheadText(kept: number): string {
  const isOne = kept === 1
  return (
    `${counted(kept, 'dead letter')} ${isOne ? 'stays' : 'stay'}: the time that ${isOne ? 'it claims' : 'they claim'} is still to ` +
    `come. Select ${isOne ? 'it' : 'them'} to send ${isOne ? 'it' : 'them'} back all the same.`
  )
}

/** What is not in the table below. */
function seenText({ letters, count, elsewhere }: DeadLetters): string {
  const shown =
    letters.length < count
      ? `These are the oldest ${letters.length} of ${count}. Redrive all takes them all.`
      : ''
  return `${shown}${elsewhereText(elsewhere)}`.trim()
}

/** A space and a sentence about the dead letters that somebody else is looking at; empty if there are none. */
function elsewhereText(elsewhere: number): string {
  if (elsewhere === 0) return ''
  const are = elsewhere === 1 ? 'is' : 'are'
  return ` ${counted(elsewhere, 'dead letter')} ${are} being looked at by somebody else just now: look again in a minute.`
}

interface Props {
  count: number
  onDrop(reason: string): void
  onClose(): void
}

/** Asks for the reason, without which nothing is dropped. */
function DropDialog({ count, onDrop, onClose }: Props) {
  return (
    <Dialog title={`Drop ${counted(count, 'dead letter')}?`} onClose={onClose}>
      {(close) => <DropForm onDrop={onDrop} close={close} />}
    </Dialog>
  )
}

function DropForm({ onDrop, close }: Pick<Props, 'onDrop'> & { close(): void }) {
  const [draft, setDraft] = useState('')
  const id = useId()
  const reason = draft.trim()
  const submit = (event: Event) => {
    event.preventDefault()
    if (reason === '') return
    close()
    onDrop(reason)
  }
  const write = (event: { currentTarget: HTMLInputElement }) => setDraft(event.currentTarget.value)
  return (
    <form onSubmit={submit}>
      <p>They are not handled again, and leave the queue. The reason is kept with the events.</p>
      <div class="field">
        <label for={id}>Reason (required)</label>
        <input id={id} value={draft} name="reason" required autocomplete="off" onInput={write} />
      </div>
      <p class="buttons">
        <button type="submit" class="main-button" aria-disabled={reason === ''}>
          Drop
        </button>
        <button type="button" onClick={close}>
          Cancel
        </button>
      </p>
    </form>
  )
}
