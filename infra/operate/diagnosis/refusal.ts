import { explained, namedBy } from '../explained.ts'
import type { Diagnosis, Finding } from './diagnose.ts'

/**
 * What a failure says is wrong, and apart from that what to do: errors whose message ends with it have it as `whatToDo`, with
 * a command for the usual deployment. Throws what is not the user's to mend.
 */
export function refusal(check: string, error: unknown, next: Diagnosis['next']): Finding {
  const message = explained(error)
  if (message === undefined) throw error
  const { whatToDo } = error as { whatToDo?: string }
  if (!whatToDo || !message.endsWith(whatToDo)) return { check, isRight: false, said: message }
  const said = message.slice(0, -whatToDo.length).trimEnd()
  return { check, isRight: false, said, fix: namedBy(next, error, whatToDo) }
}
