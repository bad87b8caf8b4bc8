import { randomUUID } from 'node:crypto'
import type { HttpDelivery } from '../../functions/receiver/verify-delivery.ts'
import { epochMsToTicks } from '../../shared/event/ticks.ts'
import { sign } from '../../shared/signing/signature.ts'

export const clientId = 'lou1qnn0llav95f'
export const signingKey = 'ei7641529ue420n8b9aa'

/** What signs a delivery that is made now. */
export function signedParts() {
  return { timestamp: epochMsToTicks(Date.now()).toString(), requestId: randomUUID(), clientId }
}

/** A signed delivery as an HTTP API brings it to the receiver (payload format 2.0). */
export function deliveryEvent(body: string): unknown {
  const { timestamp, requestId } = signedParts()
  return {
    version: '2.0',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      timestamp,
      requestid: requestId,
      signature: sign({ timestamp, requestId, clientId }, signingKey),
    },
    body,
    isBase64Encoded: false,
  }
}

/** The same as  takes it. */
export function httpDelivery(body: string, signature?: string): HttpDelivery {
  const { timestamp, requestId } = signedParts()
  return {
    headers: {
      timestamp,
      requestid: requestId,
      signature: signature ?? sign({ timestamp, requestId, clientId }, signingKey),
    },
    bytes: Buffer.from(body),
    receivedEpochMs: Date.now(),
    answerByEpochMs: Date.now() + 60 * 60_000,
    signal: AbortSignal.timeout(60 * 60_000),
  }
}

/** What Lambda hands a function beside the event, as far as ours look. */
export const lambdaContext = { getRemainingTimeInMillis: () => 8_000 } as never
