import { useEffect, useRef } from 'preact/hooks'
import type { Route } from './route.ts'

/** After a link of the page, the new view's heading has the focus, so that a screen reader goes on there. */
export function useMovedFocus(route: Route) {
  const main = useRef<HTMLElement>(null)
  const isFirst = useRef(true)
  const shown = route.view === 'live' ? 'live' : JSON.stringify(route)
  useEffect(() => {
    if (isFirst.current) isFirst.current = false
    else {
      scrollTo(0, 0)
      main.current?.querySelector('h1')?.focus()
    }
  }, [shown])
  return main
}
