import { useState } from 'preact/hooks'
import type { Row, Status } from '../api/console-api.ts'
import { consoleApi } from '../api/console-api.ts'
import { counted } from '../parts/counted.ts'
import { Moment } from '../parts/moment.tsx'
import { PressButton } from '../parts/press-button.tsx'
import { Problem } from '../parts/problem.tsx'
import { hrefOf } from '../route.ts'
import { useLive } from './use-live.ts'

/** Whether events are handled, what waits, and the switch for it. */
export function HandlingBar({ lastFailure, aside }: { lastFailure: Row | undefined; aside: number }) {
  const { status, problems, connection } = useLive()
  const { handling, isBusy, failure, change } = useHandlingSwitch(status?.handling)
  const isPaused = handling === 'paused'
  const isAway = status !== undefined && connection !== 'live'
  const looks = [`bar`, ...(isPaused ? ['is-paused'] : []), ...(isAway ? ['is-away'] : [])]
  return (
    <section class={looks.join(' ')} aria-label="Handling">
      <p>
        <strong>{handlingText(handling)}</strong> {status && <Depths status={status} aside={aside} />}{' '}
        {status?.local && <span class="muted">{localText(status.local)}</span>}{' '}
        {lastFailure && <a href={hrefOf.event(lastFailure.reference)}>Last failure: {lastFailure.type}</a>}
        {isAway && (
          <>
            {' '}
            So it was at <Moment iso={status.at} />.
          </>
        )}
      </p>
      {status && handling !== 'nothing takes events' && (
        <PressButton onPress={change} isOff={isBusy}>
          {isPaused ? 'Resume handling' : 'Pause handling'}
        </PressButton>
      )}
      <Problem text={failure} />
      {[...new Set(Object.values(problems))].map((problem) => (
        <Problem key={problem} text={problem} />
      ))}
    </section>
  )
}

function Depths({ status: { queue, delayed, deadLetters }, aside }: { status: Status; aside: number }) {
  return (
    <>
      {queue.waiting} waiting, {queue.inWork} in work, {delayed.waiting + delayed.inWork} to be run again
      later{aside > 0 && `, ${aside} put aside until the queue takes them`}.{' '}
      <a href={hrefOf.deadLetters}>{counted(deadLetters.waiting + deadLetters.inWork, 'dead letter')}</a>.
    </>
  )
}

function handlingText(handling: Status['handling'] | undefined): string {
  if (handling === undefined) return 'Asking for the status…'
  if (handling === 'enabled') return 'Events are handled as they come.'
  if (handling === 'paused') return 'Handling is paused: deliveries are accepted, and wait.'
  return 'Nothing takes events from the queue.'
}

function localText({ accepted, refused, dropped, quarantined }: NonNullable<Status['local']>): string {
  const put = quarantined > 0 ? `, ${quarantined} quarantined` : ''
  return `Since the start: ${accepted} accepted, ${dropped} of them copies that the queue dropped; ${refused} refused${put}.`
}

type Handling = Status['handling'] | undefined

/** Pauses and resumes handling. `told`: how it is, by the last status. */
function useHandlingSwitch(told: Handling) {
  const [isBusy, setBusy] = useState(false)
  const [switched, setSwitched] = useState<Handling>()
  const [failure, setFailure] = useState<string>()
  const handling = isBusy ? (switched ?? told) : told

  async function change(): Promise<void> {
    const wanted = handling === 'paused' ? 'enabled' : 'paused'
    setBusy(true)
    setSwitched(undefined)
    setFailure(undefined)
    await consoleApi.handling(wanted).then(
      () => setSwitched(wanted),
      (error: Error) => setFailure(error.message),
    )
    // The state that is told every two seconds says it by then.
    setTimeout(() => setBusy(false), 2_500)
  }

  return { handling, isBusy, failure, change }
}
