import type { Delivery } from '../api/delivery.ts'
import type { Row } from '../api/row.ts'
import type { Status } from '../api/status.ts'

/** `shut out`: the server answers, and does not let this page in any more. */
export type Connection = 'connecting' | 'live' | 'reconnecting' | 'shut out'

/** What came since the last time, all at once: a thousand events a second are some ten drawings. */
export interface LiveNews {
  rows: Row[]
  deliveries: Delivery[]
  /** It was away and is back: what happened meanwhile was not told. */
  isBack: boolean
}

export interface DepthSample {
  atMs: number
  waiting: number
  inWork: number
}

/** What the server tells as it happens, as far as it is still of use. */
export interface LiveStore {
  connection: Connection
  status: Status | undefined
  /** What does not work just now: of the look at the events, and of the look at the status. */
  problems: { events?: string; status?: string }
  /** The queue's depth over the last minutes. */
  depths: DepthSample[]
  /** The latest of each event, the last 500. */
  rows: Map<string, Row>
  /** The last 200, the newest last. */
  deliveries: Delivery[]
  /** Returns what ends it. */
  listen(listener: (news: LiveNews) => void): () => void
}
