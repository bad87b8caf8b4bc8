import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { LiveNews } from './live/live-store.ts'
import { useLive } from './live/use-live.ts'

export interface Asked<Answer> {
  answer: Answer | undefined
  problem: string | undefined
  isAsking: boolean
  /** Asks again; what is shown stays until the answer is there. */
  ask(): void
}

/**
 * Asks for something when it is first shown, and again when `about` is another. An answer that was overtaken is left
 * out.
 */
export function useAnswer<Answer>(load: () => Promise<Answer>, about: string): Asked<Answer> {
  const [state, setState] = useState<{ about: string; answer?: Answer; problem?: string }>({ about })
  const [isAsking, setAsking] = useState(true)
  const latest = useRef(0)
  const loading = useRef(load)
  loading.current = load

  const ask = useCallback(() => {
    latest.current += 1
    const mine = latest.current
    const settle = (change: { answer?: Answer; problem?: string }) => {
      if (latest.current !== mine) return
      setState((before) => ({
        ...(before.about === about && before.answer !== undefined && { answer: before.answer }),
        about,
        ...change,
      }))
      setAsking(false)
    }
    setAsking(true)
    loading.current().then(
      (answer) => settle({ answer }),
      (error: Error) => settle({ problem: error.message }),
    )
  }, [about])

  useEffect(ask, [ask])
  const isOfThis = state.about === about
  return {
    answer: isOfThis ? state.answer : undefined,
    problem: isOfThis ? state.problem : undefined,
    isAsking,
    ask,
  }
}

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
  const soon = useRef<ReturnType<typeof setTimeout>>(undefined)
  // An answer that takes longer than the pause would otherwise be overtaken each time.
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
