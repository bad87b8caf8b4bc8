import type { Fault, HandlerFacts, Row, Sent } from '../api/console-api.ts'
import type { LiveStore } from '../live/live-store.ts'
import { type OutcomeWords, wordsOf } from '../parts/outcome-words.ts'

interface Told {
  outcome: OutcomeWords
  words: string
  row?: Row
}

type Knows = Pick<LiveStore, 'rows' | 'deliveries' | 'status'>

/** What the product did with one delivery of a sample, as far as it is known yet. */
export function toldOfDelivery(
  { deliveries, fault }: SentSample,
  at: number,
  live: Knows,
  handlers: readonly HandlerFacts[],
): Told {
  const { status, event = '' } = deliveries[at] ?? {}
  if (status !== 200) return refusedAs(status, fault)
  if (deliveries.slice(0, at).some((earlier) => earlier.event === event)) return toldOfCopy(event, live)
  // The older of the two events is delivered second.
  const isLate = fault === 'late' && at > 0
  const row = [...live.rows.values()].find(({ eventId }) => eventId.startsWith(event))
  if (row) return { outcome: wordsOf.row(row), words: toldOfRow(row, isLate ? handlers : []), row }
  const isPaused = live.status?.handling === 'paused'
  return {
    outcome: wordsOf.delivery('accepted'),
    words: `accepted with 200: it is in the queue${isPaused ? ', and handling is paused. Resume it to see what follows.' : '.'}`,
  }
}

function refusedAs(status: number | undefined, fault: SentSample['fault']): Told {
  const why =
    fault === 'bad-signature' ? ': the signature is not by our key, so nothing of it was read or kept' : ''
  return { outcome: wordsOf.delivery('refused'), words: `with ${status}${why}.` }
}

function toldOfCopy(event: string, { deliveries, status }: Knows): Told {
  if (deliveries.some((each) => each.outcome === 'dropped' && isSame(each.event, event)))
    return {
      outcome: wordsOf.delivery('dropped'),
      words:
        'the second copy was dropped by the queue: it is the same event. The sender heard 200, and no handler saw it twice.',
    }
  // Only the process that runs the pipeline sees what the queue drops.
  const isUntold = status !== undefined && status.local === null
  const words = isUntold
    ? 'the queue drops it, since it is the same event, and tells nobody.'
    : 'the queue is about to drop it.'
  return {
    outcome: wordsOf.delivery(isUntold ? 'dropped' : 'accepted'),
    words: `accepted with 200 too: ${words}`,
  }
}

function isSame(a: string | undefined, b: string): boolean {
  return a !== undefined && (a.startsWith(b) || b.startsWith(a))
}

/** `known`: handlers that took it although it was late, if they take every event. */
function toldOfRow(
  { status, type, resource, handlers, reason }: Row,
  known: readonly HandlerFacts[],
): string {
  const entries = Object.entries(handlers)
  const names = (outcome: string) =>
    entries.filter(([, each]) => each.outcome === outcome).map(([name]) => name)
  const skipped = names('superseded')
  const tookLate = names('handled').filter((name) =>
    known.some((each) => each.name === name && each.order === 'every'),
  )
  switch (status) {
    case 'handled': {
      const ran = entries.filter(([, { outcome }]) => outcome === 'handled')
      const each = ran.map(([name, { ms }]) => `${name}${ms === undefined ? '' : ` in ${Math.round(ms)} ms`}`)
      const others =
        skipped.length > 0 ? ` ${skipped.join(', ')} skipped it: a newer one was handled before.` : ''
      const every =
        tookLate.length > 0
          ? ` (${tookLate.join(', ')} takes every event, late ones too: order 'every'.)`
          : ''
      return `by ${each.join(', ')}.${others}${every}`
    }
    case 'superseded':
      return `a newer one of this ${resource.kind} was handled before, so ${skipped.join(', ')} did not run. The older state cannot overwrite the newer.`
    case 'unhandled':
      return `it is recorded, but no handler is subscribed to ${type}.`
    case 'failed':
      return names('failed').length + names('timed-out').length === 0 && names('retry-after').length > 0
        ? `${names('retry-after').join(', ')} asked to be run again later.`
        : `${names('failed').join(', ') || 'a handler'} failed: it is run again by itself after a while.`
    case 'dead-lettered':
      return `it lies in the dead-letter queue now: ${reason ?? 'a handler could not handle it'}.`
    default:
      return wordsOf.event(status).means
  }
}

/** One press of a button of the send panel. */
export interface SentSample extends Sent {
  type: string
  fault: Fault
  atMs: number
}

/** What was sent since the page was opened: it stays while other views are looked at. */
export interface SentSamples {
  /** Newest first. */
  sent: readonly SentSample[]
  setSent(change: (before: SentSample[]) => SentSample[]): void
  /** Whether the panel was opened or closed by hand. */
  isOpen: boolean | undefined
  setOpen(isOpen: boolean): void
}
