import type { Connection } from './live-store.ts'
import { useLive } from './use-live.ts'

const words: Record<Connection, string> = {
  connecting: 'connecting…',
  live: 'live',
  reconnecting: 'reconnecting…',
  'shut out': 'not let in',
}

/** Whether what is shown is what happens. */
export function ConnectionState() {
  const { connection } = useLive()
  return (
    <p class={`connection is-${connection.replace(' ', '-')}`} role="status">
      <span class="dot" aria-hidden="true" />
      {words[connection]}
    </p>
  )
}
