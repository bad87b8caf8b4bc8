import { type EventStatus, isGivenUp, isPending } from '../../shared/event/outcomes.ts'
import { isSubscribed } from '../../shared/event/type-patterns.ts'
import type { Handler } from '../../shared/handling/handler-registry.ts'
import type { HandlerRecord } from '../../shared/ledger/event-record.ts'
import { crashed } from './crashed-records.ts'

/** An event is dropped by people alone. */
type RunStatus = Exclude<EventStatus, 'dropped'>

export interface Verdict<Status extends EventStatus = RunStatus> {
  status: Status
  /** Why it goes to the dead-letter queue, if it does. */
  reason?: string
  /** When the first handler is due that will run again. */
  retryAtEpochMs?: number
}

/**
 * What the handlers' outcomes make of the event. It stays `failed` while one of them will run again, and is
 * dead-lettered only when none will and one gave up. Outcomes of handlers that are no more do not count.
 */
export function verdictOn(
  handlers: readonly Handler[],
  type: string,
  records: Record<string, HandlerRecord>,
  hasCrashed: boolean,
): Verdict {
  if (hasCrashed) {
    return { status: 'dead-lettered', reason: crashed }
  }
  const current = handlers
    .filter((handler) => isSubscribed(handler, type))
    .flatMap(({ name }) => (records[name] ? [{ name, ...records[name] }] : []))
  const pending = current.filter(({ outcome }) => isPending(outcome))
  if (pending.length > 0) {
    return {
      status: 'failed',
      retryAtEpochMs: Math.min(...pending.map(({ notBeforeEpochMs = 0 }) => notBeforeEpochMs)),
    }
  }
  const givenUp = current.filter(({ outcome }) => isGivenUp(outcome))
  if (givenUp.length > 0) return { status: 'dead-lettered', reason: givenUp.map(reasonOf).join('; ') }
  const has = (outcome: string) => current.some((record) => record.outcome === outcome)
  if (has('handled')) return { status: 'handled' }
  if (has('superseded')) return { status: 'superseded' }
  return { status: has('own') ? 'own' : 'unhandled' }
}

function reasonOf({ name, outcome, failures, waits, error }: HandlerRecord & { name: string }): string {
  const what = (error ?? '').split('\n', 1)[0]
  if (outcome === 'loop-suspected') return `loop suspected: ${name}: ${what}`
  if (outcome === 'permanent-failure') return `permanent failure of ${name}: ${what}`
  // With its event, before it came to an end.
  if (failures + waits === 0) return `${name} was given up: ${what}`
  return `attempts of ${name} spent (${failures} failed, ${waits} put off): ${what}`
}
