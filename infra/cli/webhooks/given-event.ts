import type { EventRow } from '../../../shared/event-row.ts'
import { UsageError } from '../../usage-error.ts'
import { callLimit } from './call-limit.ts'
import { eventTableOf } from './event-table.ts'
import { lookUpEvent } from './look-up-event.ts'
import { NotUnderstood } from './not-understood.ts'
import type { Run } from './on-deployment.ts'

/** The event that a command line names. Throws `NotUnderstood`, or `UsageError` when it is not found. */
export async function givenEvent({ deployment, next }: Run, text: string): Promise<EventRow> {
  const found = await lookUpEvent(eventTableOf(deployment), text, callLimit().signal)
  if (found.kind === 'found') return found.event
  if (found.kind === 'unclear') throw new NotUnderstood(found.problem)
  const advice = found.kind === 'absent' ? ` See what is there: ${next('events list')}` : ''
  throw new UsageError(`${found.problem}${advice}`)
}
