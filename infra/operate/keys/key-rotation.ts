import type { WebhookSecret } from '../../../shared/signing/webhook-secret.ts'
import type { SecretFields } from './update-secret.ts'

/** A key's way into all subscriptions, as the secret tells it. */
export interface Rotation {
  /** A previous key has no end yet: not every subscription is known to have the current one. */
  isUnderWay: boolean
  /** The fingerprint of the current key. */
  fingerprint: string
  /** When it was put in. */
  sinceEpochMs: number
  /** Until when the last of the previous keys is good; infinite while under way. */
  oldUntilEpochMs: number
}

/** How long the old key stays good when every subscription has the new one: what is sent again comes by then, or never. */
const goodForMs = 60 * 60_000

interface PreviousKey {
  key: string
  until?: string
}

export function rotationIn({ signingKeys }: WebhookSecret): Rotation {
  const [current, ...previous] = signingKeys
  const oldUntilEpochMs = Math.max(0, ...previous.map(({ untilEpochMs }) => untilEpochMs))
  return {
    isUnderWay: oldUntilEpochMs === Number.POSITIVE_INFINITY,
    fingerprint: current.fingerprint,
    sinceEpochMs: current.putInEpochMs,
    oldUntilEpochMs,
  }
}

/** Puts a new key in front, and lets go of keys whose time is over. Undefined while a rotation is under way. */
export function startRotation(
  fields: SecretFields,
  newKey: () => string,
  nowEpochMs: number,
): SecretFields | undefined {
  const previous = previousOf(fields)
  if (previous.some(({ until }) => until === undefined)) return undefined
  const stillGood = previous.filter(({ until = '' }) => Date.parse(until) > nowEpochMs)
  return {
    ...fields,
    signingKey: newKey(),
    signingKeySince: new Date(nowEpochMs).toISOString(),
    previousSigningKeys: [{ key: fields.signingKey }, ...stillGood],
  }
}

/** Gives the previous keys their end. Undefined if the rotation was finished meanwhile, or another was begun. */
export function finishRotation(
  fields: SecretFields,
  rotation: Rotation,
  nowEpochMs: number,
): SecretFields | undefined {
  const previous = previousOf(fields)
  const isThis =
    fields.signingKeySince === undefined ||
    Date.parse(String(fields.signingKeySince)) === rotation.sinceEpochMs
  if (!isThis || previous.every(({ until }) => until !== undefined)) return undefined
  const until = new Date(nowEpochMs + goodForMs).toISOString()
  return { ...fields, previousSigningKeys: previous.map((each) => ({ until, ...each })) }
}

function previousOf({ previousSigningKeys = [] }: SecretFields): PreviousKey[] {
  const list = Array.isArray(previousSigningKeys) ? previousSigningKeys : []
  return list.map((each: string | PreviousKey) => (typeof each === 'string' ? { key: each } : each))
}
