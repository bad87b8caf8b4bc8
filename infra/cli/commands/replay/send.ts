import type { EventRow } from '../../../../shared/ledger/event-row.ts'
import type { Replay } from '../../../../shared/ledger/replay.ts'
import type { ReplayDeps } from '../../../operate/replay/send-replays.ts'
import { type ReplayCounts, sendReplays } from '../../../operate/replay/send-replays.ts'
import { terminal } from '../../../terminal/terminal.ts'
import { progress } from '../../terminal/output.ts'
import { endLines } from '../../terminal/replay-words.ts'
import { untilInterrupted } from '../../terminal/until-interrupted.ts'
import type { Run } from '../on-deployment.ts'

interface Sending {
  events: readonly EventRow[]
  /** Events that were meant, and of which nothing would run. */
  skipped: number
  deps: ReplayDeps
  replay: Replay
  perSecond: number
  /** The command that goes on with it. */
  goOn: string
}

/** Above so many, the way to go on is told before. */
const fewEvents = 20

/** Sends a replay's messages until all are sent, or Ctrl-C; tells how it gets on, and how to go on with it. */
export async function sendAndTell(
  { out, next }: Run,
  { events, skipped, deps, replay, perSecond, goOn }: Sending,
): Promise<void> {
  const startedEpochMs = terminal().clock.now()
  const show = progress(events.length, 'sent')
  let counts: ReplayCounts = { sent: 0, 'already-replayed': 0, expired: 0 }
  const done = () => Object.values(counts).reduce((sum, count) => sum + count, 0)
  const onProgress = (now: ReplayCounts) => {
    counts = now
    show(done(), paceOf(done(), events.length, terminal().clock.now() - startedEpochMs))
  }
  // Said first, since what is killed says nothing.
  if (events.length > fewEvents)
    out.note(`Replay ${replay.id}. Should it be interrupted, go on with: ${goOn}`)
  try {
    await untilInterrupted(async (signal) => {
      await sendReplays(
        { ...deps, clock: terminal().clock, onProgress },
        { events, replay, perSecond },
        signal,
      )
    })
  } finally {
    if (done() < events.length) {
      out.warn(`Stopped at ${done()} of ${events.length}. Go on with: ${goOn}`)
      terminal().exitCode ||= 1
    }
  }
  const { sent, expired, 'already-replayed': before } = counts
  out.result(
    { replayId: replay.id, sent, alreadyReplayed: before, expired, skipped, left: events.length - done() },
    endLines(counts, skipped, { replayId: replay.id, reference: events[0]?.reference ?? '', next }),
  )
}

/** `, 48 a second, 12 s left` */
function paceOf(done: number, all: number, ms: number): string {
  if (ms < 1_000 || done === 0) return ''
  const perSecond = done / (ms / 1_000)
  return `, ${Math.round(perSecond)} a second, ${Math.ceil((all - done) / perSecond)} s left`
}
