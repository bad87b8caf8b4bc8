import { useState } from 'preact/hooks'
import { consoleApi } from '../api/console-api.ts'
import type { Row } from '../api/row.ts'
import type { Status } from '../api/status.ts'
import { Problem } from '../parts/problem.tsx'
import { hrefOf } from '../route.ts'
import { useLive } from './use-live.ts'

/** Whether events are handled, what waits, and the switch for it. */
export function HandlingBar({ lastFailure }: { lastFailure: Row | undefined }) {
  const { status, problem } = useLive()
  const [isBusy, setBusy] = useState(false)
  const [switched, setSwitched] = useState<Status['handling']>()
  const [failure, setFailure] = useState<string>()
  const handling = isBusy ? (switched ?? status?.handling) : status?.handling
  const isPaused = handling === 'paused'

  async function change(): Promise<void> {
    const wanted = isPaused ? 'enabled' : 'paused'
    setBusy(true)
    setFailure(undefined)
    await consoleApi.handling(wanted).then(
      () => setSwitched(wanted),
      (error: Error) => setFailure(error.message),
    )
    // The state that is told every two seconds says it by then.
    setTimeout(() => setBusy(false), 2_500)
  }

  return (
    <section class={isPaused ? 'bar is-paused' : 'bar'} aria-label="Handling">
      <p>
        <strong>{handlingText(handling)}</strong>{' '}
        {status && (
          <>
            {status.queue.waiting} waiting, {status.queue.inWork} in work.{' '}
            <a href={hrefOf.deadLetters}>
              {status.deadLetters.waiting + status.deadLetters.inWork} dead letters
            </a>
            .
          </>
        )}{' '}
        {status?.local && <span class="muted">{localText(status.local)}</span>}{' '}
        {lastFailure && <a href={hrefOf.event(lastFailure.reference)}>Last failure: {lastFailure.type}</a>}
      </p>
      {status && handling !== 'nothing takes events' && (
        <button type="button" onClick={change} disabled={isBusy}>
          {isPaused ? 'Resume handling' : 'Pause handling'}
        </button>
      )}
      <Problem text={failure ?? problem} />
    </section>
  )
}

function handlingText(handling: Status['handling'] | undefined): string {
  if (handling === undefined) return 'Asking how it is…'
  if (handling === 'enabled') return 'Events are handled as they come.'
  if (handling === 'paused') return 'Handling is paused: deliveries are accepted, and wait.'
  return 'Nothing takes events from the queue.'
}

function localText({ accepted, refused, dropped, quarantined }: NonNullable<Status['local']>): string {
  const put = quarantined > 0 ? `, ${quarantined} quarantined` : ''
  return `Since the start: ${accepted} accepted, ${dropped} of them copies that the queue dropped; ${refused} refused${put}.`
}
