import type { LiveNews, LiveStore } from './live-store.ts'
import { tellEach } from './tell-each.ts'

const gatherMs = 100

/** Gathers what comes for a moment, and tells the listeners all of it at once. */
export function gatherNews(): {
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
