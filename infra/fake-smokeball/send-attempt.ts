import type { Ticks } from '../../shared/event/ticks.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { sign } from '../../shared/signing/signature.ts'
import type { DeliveryRecord, OutgoingDelivery, Rewrite, Undocumented } from './behaviour.ts'
import type { Subscription, Subscriptions } from './subscriptions.ts'

/** The text for one subscription. */
export interface Notification {
  subscriptionId: string
  type: string
  /** It is undefined where that header is left out. */
  requestId: string | undefined
  /** The exact text. */
  body: string
}

/** Sends a notification once. Returns whether it needs no other attempt. */
export type SendAttempt = (notification: Notification) => Promise<boolean>

interface Deps {
  subscriptions: Subscriptions
  clock: Clock
  /** The receiver has to have answered by then. */
  limitMs: number
  nextTicks(): Ticks
  rewrite(): Rewrite | undefined
  log: DeliveryRecord[]
  undocumented: Pick<Undocumented, 'accepts' | 'disableAfterFailures'>
  stopped: AbortSignal
}

/** Signs each attempt with what the subscription holds at that moment: a key that was replaced meanwhile signs no more. */
export function sendAttempt(deps: Deps): SendAttempt {
  const { subscriptions, nextTicks, log, undocumented, stopped } = deps
  const failuresInARow = new Map<string, number>()

  async function attempt(notification: Notification): Promise<boolean> {
    const subscription = subscriptions.find(notification.subscriptionId)
    if (stopped.aborted || !subscription || isDisabled(subscription)) return true
    const outgoing = deps.rewrite()
    const signed = signedDelivery(notification, subscription, nextTicks().toString())
    let isTaken = true
    for (const delivery of outgoing ? listed(outgoing(signed)) : [signed]) {
      const result = await postDelivery(deps, delivery)
      const { subscriptionId, type } = delivery
      log.push({ subscriptionId, type, requestId: delivery.headers.RequestId, ...result })
      isTaken = result.status !== undefined && undocumented.accepts(result.status)
    }
    count(subscription, isTaken)
    return isTaken
  }

  function isDisabled({ id }: Subscription): boolean {
    return (failuresInARow.get(id) ?? 0) >= undocumented.disableAfterFailures
  }

  function count({ id }: Subscription, isTaken: boolean): void {
    failuresInARow.set(id, isTaken ? 0 : (failuresInARow.get(id) ?? 0) + 1)
  }

  return attempt
}

function signedDelivery(
  { subscriptionId, type, requestId, body }: Notification,
  { key, clientId, eventNotificationUrl: url }: Subscription,
  timestamp: string,
): OutgoingDelivery {
  const headers: Record<string, string> = {
    'Content-Type': 'application/json; charset=utf-8',
    Timestamp: timestamp,
  }
  if (requestId !== undefined) headers.RequestId = requestId
  if (key !== undefined) headers.Signature = sign({ timestamp, requestId: requestId ?? '', clientId }, key)
  return { subscriptionId, type, url, headers, body }
}

function listed(given: ReturnType<Rewrite>): readonly OutgoingDelivery[] {
  if (given === undefined) return []
  return 'url' in given ? [given] : given
}

/**
 * Posts a delivery as it is, and gives up as Smokeball does: the connection ends, and the receiver's late answer
 * is not heard. Returns its status, or why there is none.
 */
async function postDelivery(
  { clock, limitMs, stopped }: Pick<Deps, 'clock' | 'limitMs' | 'stopped'>,
  { url, headers, body }: OutgoingDelivery,
): Promise<Pick<DeliveryRecord, 'status' | 'error'>> {
  const limit = new AbortController()
  const cancel = clock.after(limitMs, () => limit.abort())
  const signal = AbortSignal.any([limit.signal, stopped])
  try {
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
    await response.arrayBuffer()
    return { status: response.status }
  } catch (error) {
    if (limit.signal.aborted) return { error: `no answer within ${limitMs} ms` }
    const { message, cause } = error as Error & { cause?: NodeJS.ErrnoException }
    return { error: stopped.aborted ? 'stopped' : (cause?.code ?? message) }
  } finally {
    cancel()
  }
}
