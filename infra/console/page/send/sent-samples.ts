import type { Fault, Sent } from '../api/console-api.ts'

/** One press of a button of the send panel. */
export interface SentSample extends Sent {
  type: string
  fault: Fault
  atMs: number
}

/** What was sent since the page was opened: it stays while other views are looked at. */
export interface SentSamples {
  /** Newest first. */
  sent: readonly SentSample[]
  setSent(change: (before: SentSample[]) => SentSample[]): void
  /** Whether the panel was opened or closed by hand. */
  isOpen: boolean | undefined
  setOpen(isOpen: boolean): void
}
