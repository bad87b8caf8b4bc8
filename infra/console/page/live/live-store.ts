import type { Delivery, LiveTold, Row, Status } from '../api/console-api.ts'

/** `shut out`: the server answers, and does not let this page in any more. */
export type Connection = 'connecting' | 'live' | 'reconnecting' | 'shut out'

/** What came since the last time, all at once: a thousand events a second are some ten drawings. */
export interface LiveNews {
  rows: Row[]
  deliveries: Delivery[]
  /** The connection was lost and is back. What happened meanwhile was not told. */
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

/** Takes what the server tells, by the name of its message. */
type TakeMessage = { [Name in keyof LiveTold]: (told: LiveTold[Name]) => void }

const depthsForMs = 10 * 60_000
const keptRows = 500
const keptDeliveries = 200

/** Keeps what the server tells in the store; `news()` is what the listeners are told next. */
export function takeMessage(store: LiveStore, news: () => LiveNews): TakeMessage {
  let lastSeq = Number.NEGATIVE_INFINITY
  return {
    row(row) {
      news().rows.push(row)
      store.rows.delete(row.eventId)
      store.rows.set(row.eventId, row)
      for (const [oldest] of store.rows) if (store.rows.size > keptRows) store.rows.delete(oldest)
      store.deliveries = store.deliveries.filter((each) => !waitsFor(each, row.eventId))
    },
    delivery(delivery) {
      // A page that connects again hears the last deliveries again.
      if (delivery.seq <= lastSeq) return
      lastSeq = delivery.seq
      // The event may be told before its delivery.
      if ([...store.rows.keys()].some((eventId) => waitsFor(delivery, eventId))) return
      news().deliveries.push(delivery)
      store.deliveries = [...store.deliveries.slice(-keptDeliveries + 1), delivery]
    },
    status(status) {
      const { waiting, inWork } = status.queue
      const atMs = Date.parse(status.at)
      const recent = store.depths.filter((each) => each.atMs > atMs - depthsForMs && each.atMs < atMs)
      store.status = status
      store.depths = [...recent, { atMs, waiting, inWork }]
    },
    problem({ source, error }) {
      const { [source]: _, ...others } = store.problems
      store.problems = error === null ? others : { ...others, [source]: error }
    },
  }
}

function waitsFor({ outcome, event }: Delivery, eventId: string): boolean {
  return outcome === 'accepted' && event !== undefined && eventId.startsWith(event)
}

/** Tells all listeners, whatever one of them does. What one throws goes to `report`. */
export function tellEach<News>(
  listeners: Iterable<(news: News) => void>,
  news: News,
  report: (error: unknown) => void,
): void {
  for (const listener of listeners)
    try {
      listener(news)
    } catch (error) {
      report(error)
    }
}
