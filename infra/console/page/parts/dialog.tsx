import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'

interface Props {
  title: string
  /** It is called when the dialog is closed by a button or by Escape. */
  onClose(): void
  children(close: () => void): ComponentChildren
}

/** Asks before something is done. Its `close` gives the focus back to what it was opened with. */
export function Dialog({ title, onClose, children }: Props) {
  const element = useRef<HTMLDialogElement>(null)
  const heading = useId()
  useEffect(() => element.current?.showModal(), [])
  return (
    <dialog ref={element} aria-labelledby={heading} onClose={onClose}>
      <h2 id={heading}>{title}</h2>
      {children(() => element.current?.close())}
    </dialog>
  )
}
