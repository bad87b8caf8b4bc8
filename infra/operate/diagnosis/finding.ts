import { AdvisedError, adviceText } from '../../../shared/runtime/advised-error.ts'
import type { CommandWords } from '../../../shared/runtime/command-line.ts'
import type { CallContext } from '../../../shared/smokeball-api/smokeball-api.ts'
import type { KeepDeps } from '../../../shared/subscriptions/keep-subscription.ts'
import type { Deployment } from '../deployment.ts'
import { explained } from '../explained.ts'

/** What a check found. */
export interface Finding {
  /** What was looked at. */
  check: string
  isRight: boolean
  said: string
  /** What to do, if it is wrong; or if it is right so far, and may cause trouble. */
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

/** Nothing is wrong yet. */
export function advised(check: string, said: string, fix: string): Finding {
  return { check, isRight: true, said, fix }
}

export function wrong(check: string, said: string, fix: string): Finding {
  return { check, isRight: false, said, fix }
}

/** What a failure says is wrong, and apart from that what to do. Throws what is not the user's to mend. */
export function refusal(check: string, error: unknown, next: CheckDeps['next']): Finding {
  if (error instanceof AdvisedError) return wrong(check, error.problem, adviceText(error.advice, next))
  const message = explained(error)
  if (message === undefined) throw error
  return { check, isRight: false, said: message }
}

/** Where to read what a function logged. */
export function logOf({ isLocal }: Deployment, name: 'Receiver' | 'Consumer'): string {
  return isLocal
    ? 'what npm start shows'
    : `aws logs tail --since 10m LOG_GROUP, which is the output ${name}LogGroup of the stack`
}
