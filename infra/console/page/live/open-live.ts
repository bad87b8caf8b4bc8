import type { Delivery } from '../api/delivery.ts'
import type { Row } from '../api/row.ts'
import type { Status } from '../api/status.ts'
import type { LiveNews, LiveStore } from './live-store.ts'

const gatherMs = 100
const reopenMs = 3_000
const depthsForMs = 10 * 60_000
const keptRows = 500
const keptDeliveries = 200

/** Listens to the server for as long as the page is looked at: a browser has few connections to a host. */
export function openLive(): LiveStore {
  const listeners = new Set<(news: LiveNews) => void>()
  let news: LiveNews = { rows: [], deliveries: [], isBack: false }
  let isTimed = false
  let source: EventSource | undefined
  let wasLive = false

  const store: LiveStore = {
    ...{ connection: 'connecting', status: undefined, problem: undefined },
    ...{ depths: [], rows: new Map(), deliveries: [] },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }

  function tellSoon(): void {
    if (isTimed) return
    isTimed = true
    setTimeout(() => {
      isTimed = false
      const told = news
      news = { rows: [], deliveries: [], isBack: false }
      for (const listener of listeners) listener(told)
    }, gatherMs)
  }

  const take: Record<string, (data: never) => void> = {
    row(row: Row) {
      news.rows.push(row)
      store.rows.delete(row.eventId)
      store.rows.set(row.eventId, row)
      for (const [oldest] of store.rows) if (store.rows.size > keptRows) store.rows.delete(oldest)
      store.deliveries = store.deliveries.filter((each) => !waitsFor(each, row.eventId))
    },
    delivery(delivery: Delivery) {
      // Its event may be told first.
      if ([...store.rows.keys()].some((eventId) => waitsFor(delivery, eventId))) return
      news.deliveries.push(delivery)
      store.deliveries = [...store.deliveries.slice(-keptDeliveries + 1), delivery]
    },
    status(status: Status) {
      const { waiting, inWork } = status.queue
      const atMs = Date.parse(status.at)
      store.status = status
      store.depths = [
        ...store.depths.filter((each) => each.atMs > atMs - depthsForMs && each.atMs < atMs),
        { atMs, waiting, inWork },
      ]
      store.problem = undefined
    },
    problem({ error }: { error: string }) {
      store.problem = error
    },
  }

  function open(): void {
    if (source) return
    source = new EventSource('/console/api/live')
    source.onopen = () => {
      store.connection = 'live'
      news.isBack ||= wasLive
      wasLive = true
      tellSoon()
    }
    source.onerror = lost
    for (const [name, taken] of Object.entries(take))
      source.addEventListener(name, ({ data }: MessageEvent<string>) => {
        taken(JSON.parse(data) as never)
        tellSoon()
      })
  }

  function lost(): void {
    store.connection = 'reconnecting'
    tellSoon()
    // The browser connects again by itself, unless it was refused.
    if (source?.readyState !== EventSource.CLOSED) return
    source = undefined
    setTimeout(() => document.hidden || open(), reopenMs)
  }

  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) return open()
    source?.close()
    source = undefined
    store.connection = 'reconnecting'
  })
  open()
  return store
}

function waitsFor({ outcome, event }: Delivery, eventId: string): boolean {
  return outcome === 'accepted' && event !== undefined && eventId.startsWith(event)
}
