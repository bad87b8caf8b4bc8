import { epochMsToTicks, parseTicks, type Ticks } from '../../shared/event/ticks.ts'
import { isSignedWith } from '../../shared/signing/signature.ts'
import type { SigningKey, WebhookSecret } from '../../shared/signing/webhook-secret.ts'
import { refusals } from './refusal.ts'
import type { WebhookSecrets } from './webhook-secrets.ts'

/** One HTTP POST, as Smokeball made it. */
export interface HttpDelivery {
  /** By lower-case name. */
  headers: Readonly<Record<string, string | undefined>>
  /** They are decoded when they are asked for: those of a delivery that is refused never are. */
  readonly bytes: Buffer
  receivedEpochMs: number
  /** When the sender must have its answer: `signal` fires then. */
  answerByEpochMs: number
  /** It is made when it is first asked for: nearly every delivery is over without it, and it costs as much as the HMAC. */
  readonly signal: AbortSignal
}

declare const verified: unique symbol

/** A delivery that Smokeball signed. Only `verifyDelivery` makes one, and the queue takes nothing else. */
export interface VerifiedDelivery {
  readonly [verified]: true
  readonly bytes: Buffer
  readonly requestId: string
  readonly sentTicks: Ticks
  readonly receivedEpochMs: number
  /** First 8 hex digits of the SHA-256 of the signing key that fits. */
  readonly keyFingerprint: string
}

export interface VerifyDeps {
  secrets: Pick<WebhookSecrets, 'current' | 'reread'>
  /** Accepted distance of `Timestamp` from now, either way, in milliseconds. */
  toleranceMs: number
}

/**
 * Checks what Smokeball signs, in this order: the headers, the age, the HMAC with any of the signing keys.
 * Throws `RefusedDelivery`, or `SecretUnavailable` when there is nothing to check with.
 */
export async function verifyDelivery(deps: VerifyDeps, delivery: HttpDelivery): Promise<VerifiedDelivery> {
  // 1. The headers. `RequestId` may be empty, since not every API caller sets one, and a proxy may leave out what is empty.
  const { timestamp, requestid: requestId = '', signature } = delivery.headers
  if (!timestamp || !signature) throw refusals['missing-header']

  // 2. The age, so that a recorded delivery cannot be played again for long.
  const sentTicks = readTimestamp(timestamp)
  const oldest = epochMsToTicks(delivery.receivedEpochMs - deps.toleranceMs)
  const newest = epochMsToTicks(delivery.receivedEpochMs + deps.toleranceMs)
  if (sentTicks < oldest) throw refusals['too-old']
  if (sentTicks > newest) throw refusals['too-new']

  // 3. The signature; a key that was put in since the secret was read last is found by reading it again.
  const signed = { timestamp, requestId, receivedEpochMs: delivery.receivedEpochMs }
  const key =
    signingKeyOf(await deps.secrets.current(delivery), signed, signature) ??
    signingKeyOf(await deps.secrets.reread(delivery), signed, signature)
  if (key === undefined) throw refusals['bad-signature']

  const { bytes, receivedEpochMs } = delivery
  return {
    bytes,
    requestId,
    sentTicks,
    receivedEpochMs,
    keyFingerprint: key.fingerprint,
  } as VerifiedDelivery
}

function readTimestamp(header: string): Ticks {
  try {
    return parseTicks(header)
  } catch {
    throw refusals['bad-timestamp']
  }
}

/** Tries every key, so that the time taken does not tell which one fits. */
function signingKeyOf(
  secret: WebhookSecret | undefined,
  { receivedEpochMs, ...signed }: { timestamp: string; requestId: string; receivedEpochMs: number },
  signature: string,
): SigningKey | undefined {
  if (!secret) return undefined
  const parts = { ...signed, clientId: secret.clientId }
  const fitting = secret.signingKeys.filter(({ text }) => isSignedWith(parts, signature, text))
  return fitting.find(({ untilEpochMs }) => receivedEpochMs < untilEpochMs)
}
