import { ApiError, consoleApi, type LiveTold } from '../api/console-api.ts'
import { type LiveNews, type LiveStore, takeMessage, tellEach } from './live-store.ts'

const reopenMs = 3_000

/** Listens to the server for as long as the page is looked at: a browser has few connections to a host. */
export function openLive(): LiveStore {
  const { news, tellSoon, listen } = gatherNews()
  let source: EventSource | undefined
  let wasLive = false

  const store: LiveStore = {
    connection: 'connecting',
    status: undefined,
    problems: {},
    depths: [],
    rows: new Map(),
    deliveries: [],
    listen,
  }
  const take = takeMessage(store, news)

  function open(): void {
    if (source) return
    source = new EventSource('/console/api/live')
    source.onopen = opened
    source.onerror = lost
    for (const name of Object.keys(take) as (keyof LiveTold)[]) hear(source, name)
  }

  function hear<Name extends keyof LiveTold>(from: EventSource, name: Name): void {
    from.addEventListener(name, ({ data }: MessageEvent<string>) => {
      const told: LiveTold[Name] = JSON.parse(data)
      take[name](told)
      tellSoon()
    })
  }

  function opened(): void {
    store.connection = 'live'
    // The server tells the present problems next.
    store.problems = {}
    news().isBack ||= wasLive
    wasLive = true
    tellSoon()
  }

  function lost(): void {
    setConnection('reconnecting')
    // The browser connects again by itself, unless it was refused.
    if (source?.readyState !== EventSource.CLOSED) return
    source = undefined
    void isShutOut().then((isOut) => {
      if (isOut && !source) setConnection('shut out')
      else setTimeout(() => document.hidden || open(), reopenMs)
    })
  }

  function setConnection(connection: LiveStore['connection']): void {
    store.connection = connection
    tellSoon()
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

/** An event source does not tell why it was refused. */
async function isShutOut(): Promise<boolean> {
  return consoleApi.status().then(
    () => false,
    (error: unknown) => error instanceof ApiError && error.status === 401,
  )
}

const gatherMs = 100

/** Gathers what comes for a moment, and tells the listeners all of it at once. */
function gatherNews(): {
  /** What is told next. */
  news(): LiveNews
  tellSoon(): void
  listen: LiveStore['listen']
} {
  const listeners = new Set<(news: LiveNews) => void>()
  let news = noNews()
  let isTimed = false

  function tell(): void {
    isTimed = false
    const told = news
    news = noNews()
    tellEach(listeners, told, reportError)
  }

  return {
    news: () => news,
    tellSoon() {
      if (!isTimed) setTimeout(tell, gatherMs)
      isTimed = true
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function noNews(): LiveNews {
  return { rows: [], deliveries: [], isBack: false }
}
