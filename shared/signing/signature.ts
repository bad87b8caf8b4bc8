import { createHmac, timingSafeEqual } from 'node:crypto'

/** What Smokeball signs: two headers of the delivery and the client id. The body is not among them. */
interface SignedParts {
  /** `Timestamp` header, exactly as sent. */
  timestamp: string
  /** `RequestId` header, exactly as sent. */
  requestId: string
  clientId: string
}

/**
 * Lowercase hex HMAC-SHA256 of `Timestamp|RequestId|ClientId`, keyed with the UTF-8 bytes of the
 * subscription's key, as Smokeball's webhooks page describes it.
 */
export function sign({ timestamp, requestId, clientId }: SignedParts, key: string): string {
  return createHmac('sha256', key).update(`${timestamp}|${requestId}|${clientId}`).digest('hex')
}

/** Whether `signature` (hex, either case) is that of `parts` under `key`; takes the same time wherever it differs. */
export function isSignedWith(parts: SignedParts, signature: string, key: string): boolean {
  return (
    /^[0-9a-f]{64}$/i.test(signature) &&
    timingSafeEqual(Buffer.from(signature.toLowerCase()), Buffer.from(sign(parts, key)))
  )
}
