import { parseAsWritten, stringifyLossless } from '../../../shared/event/lossless-json.ts'
import { ticksToEpochMs } from '../../../shared/event/ticks.ts'
import type { HandlerRecord } from '../../../shared/ledger/event-record.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import { isoOf } from '../moments.ts'

/** An event as `--json` tells it. */
export function eventJson(event: EventRow) {
  const { attempts, reason, dropped, replays, bodyDays } = event
  const { requestId, sentTicks, receivedEpochMs, subscriptionId, source, userId } = event.delivery
  return {
    reference: event.reference,
    eventId: event.eventId,
    type: event.type,
    status: event.status,
    accountId: event.accountId,
    resource: event.resource,
    resourceKey: event.resourceKey,
    happened: isoOf(ticksToEpochMs(event.ticks)),
    // It is a text, since most readers of JSON would round a number beyond 2^53.
    ticks: event.ticks.toString(),
    ...(sentTicks !== undefined && { sent: isoOf(ticksToEpochMs(sentTicks)) }),
    received: isoOf(receivedEpochMs),
    attempts,
    ...(reason !== undefined && { reason }),
    ...(dropped && { dropped: { reason: dropped.reason, at: isoOf(dropped.atEpochMs) } }),
    handlers: Object.fromEntries(Object.entries(event.handlers).map(([name, of]) => [name, handlerJson(of)])),
    requestId,
    subscriptionId,
    source,
    ...(event.isRecovered && { recovered: true as const }),
    ...(event.isImported && { imported: true as const }),
    userId,
    ...(bodyDays !== undefined && { bodyDays }),
    ...(replays && {
      replays: replays.map(({ id, atEpochMs, outcome }) => ({ id, at: isoOf(atEpochMs), outcome })),
    }),
  }
}

function handlerJson({ notBeforeEpochMs, ...record }: HandlerRecord) {
  return { ...record, ...(notBeforeEpochMs !== undefined && { notBefore: isoOf(notBeforeEpochMs) }) }
}

/**
 * A notification that can be written as JSON again, with its numbers as they stand there. Undefined if it cannot be read, or
 * not be written again, such as one that is nested thousands deep.
 */
export function parsedNotification(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    const notification = parseAsWritten(text)
    stringifyLossless(notification)
    return notification
  } catch {
    return undefined
  }
}

/** Does what `parsedNotification` does, for the payload alone. */
export function payloadIn(text: string): unknown {
  return (parsedNotification(text) as { payload?: unknown } | null | undefined)?.payload
}
