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
  const [reason, setReason] = useState('')
  const id = useId()
  return (
    <Dialog title={`Drop ${counted(count, 'dead letter')}?`} onClose={onClose}>
      {(close) => (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (reason.trim() === '') return
            close()
            onDrop(reason.trim())
          }}
        >
          <p>They are not handled again, and leave the queue. The reason is kept with the events.</p>
          <div class="field">
            <label for={id}>Reason (required)</label>
            <input
              {...{ id, value: reason }}
              name="reason"
              required
              autocomplete="off"
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          </div>
          <p class="buttons">
            <button type="submit" class="main-button" disabled={reason.trim() === ''}>
              Drop
            </button>
            <button type="button" onClick={close}>
              Cancel
            </button>
          </p>
        </form>
      )}
    </Dialog>
  )
}
