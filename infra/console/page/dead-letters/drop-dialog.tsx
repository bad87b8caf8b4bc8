import { useId, useState } from 'preact/hooks'
import { counted } from '../parts/counted.ts'
import { Dialog } from '../parts/dialog.tsx'

interface Props {
  count: number
  onDrop(reason: string): void
  onClose(): void
}

/** Asks for the reason, without which nothing is dropped. */
export function DropDialog({ count, onDrop, onClose }: Props) {
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
        <input {...{ id, value: draft }} name="reason" required autocomplete="off" onInput={write} />
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
