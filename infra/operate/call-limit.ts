import { timeLimitOf } from '../../shared/runtime/time-limit.ts'
import type { CallContext } from '../../shared/smokeball-api/smokeball-api.ts'
import { terminal } from '../terminal/terminal.ts'

const callsMs = 60_000

/** For calls of a command: a minute from now. An account of its own each, since one that hangs takes nobody else's time. */
export function callLimit(): CallContext['limit'] {
  return timeLimitOf(terminal().clock.now(), callsMs, AbortSignal.timeout(callsMs))
}
