import { randomUUID } from 'node:crypto'
import { dateToTicks } from '../../../shared/event/ticks.ts'
import { sign } from '../../../shared/signing/signature.ts'

/** Where deliveries go, and what signs them. */
export interface Target {
  url: string
  clientId: string
  signingKey: string
}

/** How a delivery differs from an ordinary one. */
export interface Delivery {
  /** `Timestamp` header, ticks. @default now */
  timestamp?: string
  /** @default a random UUID */
  requestId?: string
  /** @default the right one */
  signature?: string
  /** Replaces or adds headers; names are sent as given. */
  headers?: Record<string, string>
}

export interface Answer {
  status: number
  body: string
  /** From the request's start to the end of the answer. */
  ms: number
}

/** Posts a notification as Smokeball does: three headers, of which one signs the others. The body is not signed. */
export async function deliver(
  target: Target,
  body: string | Uint8Array<ArrayBuffer>,
  how: Delivery = {},
): Promise<Answer> {
  const { timestamp = dateToTicks(new Date()).toString(), requestId = randomUUID() } = how
  const { clientId, signingKey } = target
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    Timestamp: timestamp,
    RequestId: requestId,
    Signature: how.signature ?? sign({ timestamp, requestId, clientId }, signingKey),
    ...how.headers,
  }
  const start = performance.now()
  const response = await fetch(target.url, { method: 'POST', headers, body })
  const text = await response.text()
  return { status: response.status, body: text, ms: performance.now() - start }
}
