import type { EventRow } from '../../../shared/ledger/event-row.ts'
import { callLimit } from '../../operate/call-limit.ts'
import { eventTableOf } from '../../operate/events/event-table.ts'
import { lookUpEvent } from '../../operate/events/look-up-event.ts'
import { NotUnderstood } from '../../terminal/not-understood.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import type { Run } from './on-deployment.ts'

/** The event that a command line names. Throws `NotUnderstood`, or `UsageError` when it is not found. */
export async function givenEvent({ deployment, next }: Run, text: string): Promise<EventRow> {
  const found = await lookUpEvent(eventTableOf(deployment), text, callLimit().signal)
  if (found.kind === 'found') return found.event
  if (found.kind === 'unclear') throw new NotUnderstood(found.problem)
  const advice = found.kind === 'absent' ? ` See what is there: ${next('events list')}` : ''
  throw new UsageError(`${found.problem}${advice}`)
}
