import { useState } from 'preact/hooks'
import { consoleApi, type PlannedEvent, type ReplayRequest } from '../api/console-api.ts'

const results: Record<NonNullable<PlannedEvent['result']>, string> = {
  sent: 'It is back in the queue. What becomes of it is shown above as soon as it is recorded.',
  'already-replayed': 'This replay was done already.',
  expired: 'The event is no longer kept: nothing was sent.',
}

/** Asks what a replay would run, and does it once that was confirmed. */
export function useReplay() {
  const [planned, setPlanned] = useState<{ request: ReplayRequest; plan: PlannedEvent }>()
  const [said, say] = useState<string>()
  const [problem, setProblem] = useState<string>()

  async function ask(request: ReplayRequest, dryRun: boolean): Promise<PlannedEvent | undefined> {
    setProblem(undefined)
    try {
      return (await consoleApi.replay({ ...request, dryRun })).events[0]
    } catch (error) {
      setProblem((error as Error).message)
      return undefined
    }
  }

  async function plan(request: ReplayRequest): Promise<void> {
    say(undefined)
    const answer = await ask(request, true)
    if (answer) setPlanned({ request, plan: answer })
  }

  async function confirm(): Promise<void> {
    const done = planned && (await ask(planned.request, false))
    if (done) say(done.result ? results[done.result] : `Nothing runs: ${done.why ?? 'no handler is due'}.`)
  }

  return { planned, plan, confirm, leave: () => setPlanned(undefined), said, problem }
}
