import type { Row } from './row.ts'

export interface Depth {
  waiting: number
  inWork: number
}

/** The deployment's state. What is told every two seconds has no accounts, and no last events. */
export interface Status {
  at: string
  handling: 'enabled' | 'paused' | 'nothing takes events'
  queue: Depth
  /** To be run again later. */
  delayed: Depth
  deadLetters: Depth
  /** Since the local pipeline was started; null of a deployed one. */
  local: { accepted: number; refused: number; dropped: number; quarantined: number } | null
  /** Another text once the handlers are others. */
  handlers: string
  accounts?: { accountId: string }[]
  lastDelivery?: Row | null
  lastFailure?: Row | null
}
