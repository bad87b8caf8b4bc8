import type { Clock } from '../../shared/runtime/clock.ts'
import type { DeliveryRecord, OutgoingDelivery } from './delivery-rules.ts'

interface Deps {
  clock: Clock
  /** The receiver has to have answered by then. */
  limitMs: number
  stopped: AbortSignal
}

/**
 * Posts a delivery as it is, and gives up as Smokeball does: the connection ends, and what the receiver says later
 * is not heard. Returns its status, or why there is none.
 */
export async function postDelivery(
  { clock, limitMs, stopped }: Deps,
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
