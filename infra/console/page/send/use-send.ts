import { useState } from 'preact/hooks'
import { consoleApi, type Fault } from '../api/console-api.ts'
import type { SentSamples } from './sent-samples.ts'

const keptReports = 4

/** Sends a sample of a type, and adds it to those that were sent. */
export function useSend(type: string, setSent: SentSamples['setSent']) {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()

  async function send(fault: Fault): Promise<void> {
    setBusy(true)
    setProblem(undefined)
    await consoleApi.send(type, fault).then(
      (answer) =>
        setSent((before) => [{ ...answer, type, fault, atMs: Date.now() }, ...before].slice(0, keptReports)),
      (error: Error) => setProblem(error.message),
    )
    setBusy(false)
  }

  return { send, isBusy, problem }
}
