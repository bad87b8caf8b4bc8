import type { EventRow } from '../../../shared/ledger/event-row.ts'
import type { Replay } from '../../../shared/ledger/replay.ts'
import type { PlannedReplay } from '../../operate/replay/plan-replay.ts'
import type { SentReplay } from '../../operate/replay/send-replays.ts'

/** Puts old events back through the queue. */
export interface Replays {
  newId(): string
  plan(event: EventRow, how: Omit<Replay, 'id'>, signal: AbortSignal): Promise<PlannedReplay>
  send(event: EventRow, replay: Replay, signal: AbortSignal): Promise<SentReplay>
}
