import type { CommandWords } from '../../../shared/runtime/command-line.ts'
import type { CallContext } from '../../../shared/smokeball-api/smokeball-api.ts'
import type { KeepDeps } from '../../../shared/subscriptions/keep-subscription.ts'
import type { Deployment } from '../deployment.ts'
import { explained, namedBy } from '../explained.ts'

/** What a check found. */
export interface Finding {
  /** What was looked at. */
  check: string
  isRight: boolean
  said: string
  /** What to do, if it is wrong. */
  fix?: string
}

/** What each check works with. */
export interface CheckDeps {
  deployment: Deployment
  keep: KeepDeps
  /** How long a `noop` may be under way. */
  timeoutMs: number
  limit: CallContext['limit']
  /** Another command for the same deployment, ready to be pasted. */
  next(command: string | CommandWords): string
}

export function right(check: string, said: string): Finding {
  return { check, isRight: true, said }
}

export function wrong(check: string, said: string, fix: string): Finding {
  return { check, isRight: false, said, fix }
}

/**
 * What a failure says is wrong, and apart from that what to do: errors whose message ends with it have it as `whatToDo`, with
 * a command for the usual deployment. Throws what is not the user's to mend.
 */
export function refusal(check: string, error: unknown, next: CheckDeps['next']): Finding {
  const message = explained(error)
  if (message === undefined) throw error
  const { whatToDo } = error as { whatToDo?: string }
  if (!whatToDo || !message.endsWith(whatToDo)) return { check, isRight: false, said: message }
  const said = message.slice(0, -whatToDo.length).trimEnd()
  return wrong(check, said, namedBy(next, error, whatToDo))
}

/** Where to read what a function logged. */
export function logOf({ isLocal }: Deployment, name: 'Receiver' | 'Consumer'): string {
  return isLocal
    ? 'what npm start shows'
    : `aws logs tail --since 10m LOG_GROUP, which is the output ${name}LogGroup of the stack`
}
