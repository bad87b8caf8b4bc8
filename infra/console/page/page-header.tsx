import { useEffect } from 'preact/hooks'
import type { Deployment } from './api/console-api.ts'
import type { Connection } from './live/live-store.ts'
import { useLive } from './live/use-live.ts'
import { hrefOf, type Route } from './route.ts'

interface Props {
  deployment: Deployment | undefined
  route: Route
  onSkip(): void
}

const titles: Record<Route['view'], string> = {
  live: 'Live',
  event: 'Event',
  resource: 'Resource',
  'dead-letters': 'Dead letters',
  'catch-up': 'Catch up',
  unknown: 'Not found',
}

/** Which deployment this is, where one can go, and whether it is connected. */
export function PageHeader({ deployment, route, onSkip }: Props) {
  useEffect(() => {
    document.title = `${titles[route.view]} · ${deployment?.name ?? 'Webhooks console'}`
  }, [route.view, deployment?.name])
  return (
    <header class="page-header">
      {/* biome-ignore lint/a11y/useValidAnchor: the URL's hash is what the page shows, and stays. */}
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault()
          onSkip()
        }}
      >
        Skip to the content
      </a>
      <p class="brand">
        Webhooks <span class="muted">{deployment?.name}</span>
      </p>
      <Views view={route.view} dashboard={deployment?.dashboard ?? undefined} />
      <FindEvent />
      <ConnectionState />
    </header>
  )
}

function Views({ view, dashboard }: { view: Route['view']; dashboard: string | undefined }) {
  const { status } = useLive()
  const dead = status ? status.deadLetters.waiting + status.deadLetters.inWork : 0
  const current = (of: Route['view']) => (view === of ? ('page' as const) : undefined)
  return (
    <nav aria-label="Views">
      <a href={hrefOf.live()} aria-current={current('live')}>
        Live
      </a>
      <a href={hrefOf.deadLetters} aria-current={current('dead-letters')}>
        Dead letters{dead > 0 && <span class="badge"> {dead}</span>}
      </a>
      <a href={hrefOf.catchUp} aria-current={current('catch-up')}>
        Catch up
      </a>
      {dashboard && (
        <a href={dashboard} rel="noreferrer" target="_blank">
          Dashboard
        </a>
      )}
    </nav>
  )
}

/** Log lines and the command line show references: here they lead to the event. */
function FindEvent() {
  return (
    <form
      class="find"
      onSubmit={(event) => {
        event.preventDefault()
        const given = new FormData(event.currentTarget).get('reference')
        if (typeof given === 'string' && given.trim() !== '') location.hash = hrefOf.event(given.trim())
      }}
    >
      <input
        name="reference"
        aria-label="Reference of an event"
        placeholder="Reference of an event"
        spellcheck={false}
      />
      <button type="submit">Show</button>
    </form>
  )
}

const words: Record<Connection, string> = {
  connecting: 'connecting…',
  live: 'live',
  reconnecting: 'reconnecting…',
  'shut out': 'not let in',
}

/** Shows whether the page is connected. */
function ConnectionState() {
  const { connection } = useLive()
  return (
    <p class={`connection is-${connection.replace(' ', '-')}`} role="status">
      <span class="dot" aria-hidden="true" />
      {words[connection]}
    </p>
  )
}
