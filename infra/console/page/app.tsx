import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { consoleApi } from './api/console-api.ts'
import { DeadLettersView } from './dead-letters/dead-letters-view.tsx'
import { EventView } from './event/event-view.tsx'
import { filterOf } from './feed/feed-filter.ts'
import { LiveContext } from './live/live-context.ts'
import type { LiveStore } from './live/live-store.ts'
import { LiveView } from './live/live-view.tsx'
import { PageHeader } from './page-header.tsx'
import { Problem } from './parts/problem.tsx'
import { ResourceView } from './resource/resource-view.tsx'
import type { Route } from './route.ts'
import type { SentSample, SentSamples } from './send/sent-samples.ts'
import { useAnswer } from './use-answer.ts'
import { useRoute } from './use-route.ts'

/** The console: what its URL says, below a header that stays. */
export function App({ live }: { live: LiveStore }) {
  const route = useRoute()
  const { answer: deployment, problem } = useAnswer(consoleApi.deployment, 'deployment')
  const [sent, setSent] = useState<SentSample[]>([])
  const [isOpen, setOpen] = useState<boolean>()
  const samples: SentSamples = { sent, setSent, isOpen, setOpen }
  const query = route.view === 'live' ? filterOf(route.query).toString() : ''
  const filter = useMemo(() => new URLSearchParams(query), [query])
  const main = useMovedFocus(route)
  return (
    <LiveContext.Provider value={live}>
      <PageHeader deployment={deployment} route={route} onSkip={() => main.current?.focus()} />
      <main ref={main} tabIndex={-1}>
        <Problem text={problem} />
        {route.view === 'live' && <LiveView {...{ filter, deployment, samples }} />}
        {route.view === 'event' && (
          <EventView
            key={route.reference}
            reference={route.reference}
            handlers={deployment?.handlers ?? []}
          />
        )}
        {route.view === 'resource' && <ResourceView place={route} />}
        {route.view === 'dead-letters' && <DeadLettersView />}
        {route.view === 'unknown' && <h1 tabIndex={-1}>There is no such page</h1>}
      </main>
    </LiveContext.Provider>
  )
}

/** After a link of the page, the new view's heading has the focus, so that a screen reader goes on there. */
function useMovedFocus(route: Route) {
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
