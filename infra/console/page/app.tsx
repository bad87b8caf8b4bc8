import { useMemo, useState } from 'preact/hooks'
import type { Deployment } from './api/console-api.ts'
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
import { useDeployment } from './use-deployment.ts'
import { useMovedFocus } from './use-moved-focus.ts'
import { useRoute } from './use-route.ts'

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
        <View {...{ route, deployment, samples: { sent, setSent, isOpen, setOpen } }} />
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
      return <LiveView {...{ filter, deployment, samples }} />
    case 'event': {
      const { reference } = route
      return <EventView key={reference} {...{ reference, handlers: deployment?.handlers ?? [] }} />
    }
    case 'resource':
      return <ResourceView key={route.resourceKey} resourceKey={route.resourceKey} />
    case 'dead-letters':
      return <DeadLettersView />
    case 'unknown':
      return <h1 tabIndex={-1}>There is no such page</h1>
  }
}
