import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { consoleApi, type Deployment, shutOutText } from './api/console-api.ts'
import { CatchUpView } from './catch-up/catch-up-view.tsx'
import { DeadLettersView } from './dead-letters/dead-letters-view.tsx'
import { EventView } from './event/event-view.tsx'
import { filterOf } from './feed/feed-filter.ts'
import type { LiveStore } from './live/live-store.ts'
import { LiveView } from './live/live-view.tsx'
import { LiveContext, useLive } from './live/use-live.ts'
import { PageHeader } from './page-header.tsx'
import { Problem } from './parts/problem.tsx'
import { ResourceView } from './resource/resource-view.tsx'
import { type Route, routeOf } from './route.ts'
import type { SentSample, SentSamples } from './send/told-of-delivery.ts'
import { useAnswer } from './use-answer.ts'

/** The console: what its URL says, below a header that stays. */
export function App({ live }: { live: LiveStore }) {
  return (
    <LiveContext.Provider value={live}>
      <Page />
    </LiveContext.Provider>
  )
}

function Page() {
  const route = useRoute()
  const { deployment, problem } = useDeployment()
  const [sent, setSent] = useState<SentSample[]>([])
  const [isOpen, setOpen] = useState<boolean>()
  const main = useMovedFocus(route)
  return (
    <>
      <PageHeader deployment={deployment} route={route} onSkip={() => main.current?.focus()} />
      <main ref={main} tabIndex={-1}>
        <Problem text={problem} />
        <View route={route} deployment={deployment} samples={{ sent, setSent, isOpen, setOpen }} />
      </main>
    </>
  )
}

interface Shown {
  route: Route
  deployment: Deployment | undefined
  samples: SentSamples
}

function View({ route, deployment, samples }: Shown) {
  const query = route.view === 'live' ? filterOf(route.query).toString() : ''
  const filter = useMemo(() => new URLSearchParams(query), [query])
  switch (route.view) {
    case 'live':
      return <LiveView filter={filter} deployment={deployment} samples={samples} />
    case 'event': {
      const { reference } = route
      return <EventView key={reference} reference={reference} handlers={deployment?.handlers ?? []} />
    }
    case 'resource':
      return <ResourceView key={route.resourceKey} resourceKey={route.resourceKey} />
    case 'dead-letters':
      return <DeadLettersView />
    case 'catch-up':
      return <CatchUpView isLocal={deployment?.isLocal ?? false} />
    case 'unknown':
      return <h1 tabIndex={-1}>There is no such page</h1>
  }
}

/** Which deployment this is, and its handlers: others after a reload or a deployment. */
function useDeployment(): { deployment: Deployment | undefined; problem: string | undefined } {
  const { answer: deployment, problem, ask } = useAnswer(consoleApi.deployment, 'deployment')
  const live = useLive(({ isBack }) => isBack && ask())
  const handlers = live.status?.handlers
  useEffect(() => {
    if (handlers !== undefined) ask()
  }, [handlers])
  return { deployment, problem: live.connection === 'shut out' ? shutOutText : problem }
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

/** Returns the route of the URL's hash, and follows it. */
function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location.hash))
  useEffect(() => {
    const follow = () => setRoute(routeOf(location.hash))
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  return route
}
