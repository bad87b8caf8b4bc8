import { isPending } from '../../../shared/event/outcomes.ts'
import type { FeedPage } from '../../../shared/ledger/event-feed.ts'
import type { Waiting } from '../../../shared/queue/waiting.ts'
import type { Account } from '../../../shared/smokeball-api/account.ts'
import type { BusiestAccount, BusiestAccounts } from '../../operate/busiest-account.ts'
import { isoOf, shownMoment } from '../../operate/moments.ts'
import type { Status } from '../../operate/status.ts'
import { lineForTerminal } from '../../terminal/terminal-text.ts'
import type { Run } from '../commands/on-deployment.ts'
import { againText, statusWord } from './event-words.ts'

/** A deployment's state for people, with what to do about what is wrong. */
export function statusLines(
  status: Status,
  busiest: BusiestAccounts,
  { deployment, next }: Run,
  utc = false,
): string[] {
  const { queue, deadLetters, lastDelivery, lastFailure, accounts } = status
  const held = deadLetters.waiting + deadLetters.inWork
  return [
    row('Deployment', deployment.name),
    row('Handling', handlingText(status, next)),
    row('Queue', waitingText(queue)),
    row('Oldest', oldestText(status, utc)),
    row('Put aside', asideText(status, utc)),
    ...laterTexts(status, utc).map((text, at) => row(at === 0 ? 'Later' : '', text)),
    ...busiestTexts(status, busiest).map((text, at) => row(at === 0 ? 'Busiest' : '', text)),
    row('Dead letters', held === 0 ? 'none' : `about ${held}. See: ${next('dlq list')}`),
    row('Last delivery', eventText(lastDelivery, utc)),
    row('Last failure', eventText(lastFailure, utc)),
    ...(accounts.length === 0 ? [row('Subscriptions', `no account is connected: ${next('connect')}`)] : []),
    ...accounts.map((account, at) => row(at === 0 ? 'Subscriptions' : '', accountText(account, next, utc))),
  ]
}

function asideText({ aside: { count, hasMore, oldestEpochMs } }: Status, utc: boolean): string {
  if (oldestEpochMs === undefined) return 'nothing'
  return (
    `${count}${hasMore ? ' or more' : ''}, since ${shownMoment(oldestEpochMs, utc)}: their queue did not take them. ` +
    'The keeper brings them into it every five minutes'
  )
}

export function asideJson({ aside: { count, hasMore, oldestEpochMs } }: Status): object {
  return { count, hasMore, oldest: oldestEpochMs === undefined ? null : isoOf(oldestEpochMs) }
}

/** Events to be run again that are told one by one. */
const laterShown = 3

function laterTexts({ later: { events, hasMore } }: Status, utc: boolean): string[] {
  if (events.length === 0) return ['nothing is to be run again']
  const count = `${events.length}${hasMore ? ' or more' : ''}`
  const shown = events.slice(0, laterShown).map((event) => {
    const again = Object.entries(event.handlers).flatMap(([name, record]) => {
      const text = againText(record, utc)
      return text === undefined ? [] : [`${name} ${text}`]
    })
    return lineForTerminal(`${event.type}  ${again.join('; ')}  ${event.reference}`)
  })
  return [`${count === '1' ? '1 event is' : `${count} events are`} to be run again`, ...shown]
}

export function laterJson({ later: { events, hasMore } }: Status): object {
  const due = events.map(({ reference, type, later, handlers }) => ({
    reference,
    type,
    due: later ? isoOf(later.dueEpochMs) : null,
    handlers: Object.entries(handlers).flatMap(([name, { outcome }]) => (isPending(outcome) ? [name] : [])),
  }))
  return { events: due, hasMore }
}

/** Fewer tell nothing: a firm changes several things at once. */
const leastForBusiest = 20

/** The accounts that have at least half of much. */
function busiestTexts({ queue }: Status, { lately, later }: BusiestAccounts): string[] {
  const isMost = (found: BusiestAccount | undefined) =>
    found !== undefined && found.of >= leastForBusiest && found.events * 2 >= found.of
  const text = ({ accountId, events, of }: BusiestAccount, what: string) =>
    `${lineForTerminal(accountId)}  ${events} of the ${of} events that ${what}`
  return [
    ...(lately && isMost(lately) && queue.waiting >= leastForBusiest ? [text(lately, 'came last')] : []),
    ...(later && isMost(later) ? [text(later, 'are to be run again first')] : []),
  ]
}

function oldestText({ oldest, queue }: Status, utc: boolean): string {
  if (queue.waiting + queue.inWork === 0) return 'nothing waits'
  if ('notKnown' in oldest) return `not known: ${oldest.notKnown}`
  const { ageSeconds, measuredEpochMs } = oldest
  return ageSeconds === 0
    ? 'not known: nothing waited when it was last measured'
    : `had waited for ${durationText(ageSeconds)} when it was last measured, at ${shownMoment(measuredEpochMs, utc)}`
}

/** `2 h 5 min` */
function durationText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

export function oldestJson(oldest: Status['oldest']): object {
  if ('notKnown' in oldest) return oldest
  return { ageSeconds: oldest.ageSeconds, measured: isoOf(oldest.measuredEpochMs) }
}

function row(name: string, said: string): string {
  return `${name.padEnd(14)}  ${said}`
}

function handlingText({ handling }: Status, next: Run['next']): string {
  if (handling === 'enabled') return 'events are taken as they come'
  if (handling === 'paused') return `paused: deliveries are accepted, and wait. Resume it: ${next('resume')}`
  return 'nothing takes events from the queue. Deploy the stack again.'
}

function eventText({ events: [event], looked, cursor }: FeedPage, utc: boolean): string {
  if (!event) return cursor === undefined ? 'none' : `none among the last ${looked} events`
  const { reference, delivery, type, resource } = event
  return [shownMoment(delivery.receivedEpochMs, utc), statusWord(event), type, resource.id, reference]
    .map(lineForTerminal)
    .join('  ')
}

function accountText(
  { accountId, subscription, lastCheck }: Account,
  next: Run['next'],
  utc: boolean,
): string {
  const there = subscription ? `subscription ${subscription.id}` : 'no subscription'
  const checked = lastCheck
    ? `${lastCheck.outcome} ${shownMoment(lastCheck.atEpochMs, utc)}`
    : 'not checked yet'
  const problem = lastCheck?.problem === undefined ? '' : `: ${lastCheck.problem}`
  const isRight = subscription !== undefined && lastCheck?.outcome !== 'failed'
  const fix = isRight ? '' : `. See: ${next({ command: 'doctor', options: { account: accountId } })}`
  return `${lineForTerminal(accountId)}  ${lineForTerminal(`${there}, ${checked}${problem}${fix}`)}`
}

export function waitingText({ waiting, inWork }: Waiting): string {
  return `About ${waiting} ${waiting === 1 ? 'event waits' : 'events wait'}, and ${inWork} ${inWork === 1 ? 'is' : 'are'} in work`
}
