import { useState } from 'preact/hooks'
import { consoleApi } from '../api/console-api.ts'
import type { Status } from '../api/status.ts'

type Handling = Status['handling'] | undefined

/** Pauses and resumes handling. `told`: how it is, by the last status. */
export function useHandlingSwitch(told: Handling) {
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
