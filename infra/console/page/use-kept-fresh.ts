import { useEffect, useRef } from 'preact/hooks'
import type { LiveNews } from './live/live-store.ts'
import { useLive } from './live/use-live.ts'

interface Options {
  everyMs: number
  /** News after which it is asked soon, at most once in this time. */
  soonMs: number
  isNews(news: LiveNews): boolean
}

/** Asks again now and then while the page is looked at, and soon after certain news. */
export function useKeptFresh(
  { ask, isAsking }: { ask(): void; isAsking: boolean },
  { everyMs, soonMs, isNews }: Options,
): void {
  const latest = useRef({ ask, isAsking })
  latest.current = { ask, isAsking }
  const soon = useRef<number>(undefined)
  // One that takes longer than the pause would otherwise be overtaken each time.
  const askAgain = () => document.hidden || latest.current.isAsking || latest.current.ask()

  useLive((news) => {
    if (soon.current !== undefined || !(news.isBack || isNews(news))) return
    soon.current = setTimeout(() => {
      soon.current = undefined
      latest.current.ask()
    }, soonMs)
  })
  useEffect(() => {
    const timer = setInterval(askAgain, everyMs)
    return () => {
      clearInterval(timer)
      clearTimeout(soon.current)
    }
  }, [everyMs])
}
