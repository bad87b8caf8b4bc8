import { createContext } from 'preact'
import { useContext, useEffect, useReducer, useRef } from 'preact/hooks'
import type { LiveNews, LiveStore } from './live-store.ts'

/** What the server tells as it happens. Draws again with each news, and hands them to `onNews`. */
export function useLive(onNews: (news: LiveNews) => void = () => {}): LiveStore {
  const store = useContext(LiveContext)
  if (!store) throw new Error('useLive is for what App shows')
  const [, draw] = useReducer<number, void>((drawn) => drawn + 1, 0)
  const latest = useRef(onNews)
  latest.current = onNews
  useEffect(
    () =>
      store.listen((news) => {
        latest.current(news)
        draw()
      }),
    [store],
  )
  return store
}

/** What the server tells as it happens; `App` gives it to all views. */
export const LiveContext = createContext<LiveStore | undefined>(undefined)
