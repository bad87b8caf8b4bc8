import { wait } from '../../../shared/runtime/clock.ts'
import type { CommandWords } from '../../../shared/runtime/command-line.ts'
import { parseWebhookSecret, takeUpMs, type WebhookSecret } from '../../../shared/signing/webhook-secret.ts'
import type { CallContext } from '../../../shared/smokeball-api/smokeball-api.ts'
import {
  AccountNotConnected,
  type KeepDeps,
  keepSubscription,
} from '../../../shared/subscriptions/keep-subscription.ts'
import { webhooksApi } from '../../../shared/subscriptions/webhooks-api.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { awaitNoop, type NoopDeps } from '../diagnosis/await-noop.ts'
import { explained } from '../explained.ts'
import type { SecretFields } from './update-secret.ts'

export interface RotateDeps extends NoopDeps {
  keep: KeepDeps
  /** Changes the secret of deliveries: see `updateSecret`. */
  updateSecret(change: (fields: SecretFields) => SecretFields | undefined): Promise<SecretFields>
  newKey(): string
  /** It is told each step as it is done. */
  tell(step: string): void
  /** Another command for the same deployment, ready to be pasted. */
  next(command: string | CommandWords): string
}

interface RotateOptions {
  limit: CallContext['limit']
  /** How long a `noop` may be under way. */
  noopTimeoutMs: number
}

/**
 * Gives every subscription a new signing key, without a delivery refused: puts it in front of the secret, waits until each
 * receiver takes it, updates the subscriptions, sees a `noop` of each that is signed with it, and only then gives the old
 * key an end, an hour later. Killed at any point and run again, it goes on where it was. Throws `UsageError` when a
 * subscription could not be changed: both keys stay good until it is.
 */
export async function rotateKey(deps: RotateDeps, options: RotateOptions): Promise<Rotation> {
  const { keep, tell } = deps
  const { clock } = keep
  const accounts = () => keep.access.accounts.list(options.limit.signal)
  if ((await accounts()).length === 0)
    throw new UsageError(`No account is connected, so no subscription has a key: ${deps.next('connect')}`)

  const before = rotationIn(parse(deps, await deps.updateSecret(() => undefined)))
  if (before.isUnderWay)
    tell(
      `goes on with the key ${before.fingerprint}, which was put in before: keys behind it have no end yet`,
    )
  const fields = await deps.updateSecret((current) => startRotation(current, deps.newKey, clock.now()))
  const rotation = rotationIn(parse(deps, fields))
  if (!before.isUnderWay)
    tell(`put the new key ${rotation.fingerprint} in front of the secret; the old one stays good`)

  const waitMs = rotation.sinceEpochMs + takeUpMs - clock.now()
  if (waitMs > 0) tell(`waits ${Math.ceil(waitMs / 1000)} s, until each running receiver takes it`)
  await wait(clock, Math.max(waitMs, 0), options.limit.signal)

  // An account that is connected from here on is given the new key anyway.
  for (const { accountId } of await accounts()) await changeKey(deps, accountId, rotation, options)
  const finished = await deps.updateSecret((current) => finishRotation(current, rotation, clock.now()))
  const done = rotationIn(parse(deps, finished))
  if (done.isUnderWay)
    throw new UsageError(
      `Another rotation, to the key ${done.fingerprint}, was begun meanwhile. All keys stay good until it is done: run this again.`,
    )
  tell(
    `the old key is good until ${isoOf(done.oldUntilEpochMs)}, for what is under way, and refused from then on`,
  )
  return done
}

async function changeKey(
  deps: RotateDeps,
  accountId: string,
  { fingerprint }: Rotation,
  { limit, noopTimeoutMs }: RotateOptions,
): Promise<void> {
  const kept = await keepSubscription(deps.keep, accountId, limit).catch((cause: unknown) => {
    if (cause instanceof AccountNotConnected) return undefined
    throw new UsageError(
      `The subscription of account ${accountId} could not be given the new key: ${explained(cause, deps.next) ?? (cause as Error).message} Both keys stay ` +
        `good. Mend it, or let go of the account (${deps.next({ command: 'accounts remove', positionals: [accountId] })}), and run this again.`,
      { cause },
    )
  })
  if (!kept) return deps.tell(`account ${accountId}: was removed meanwhile`)
  const { outcome, subscription, duplicates } = kept
  deps.tell(
    `account ${accountId}: subscription ${subscription.id} ${outcome === 'unchanged' ? 'has the key already' : 'has the new key'}`,
  )
  if (duplicates.length > 0)
    deps.tell(
      `account ${accountId}: further subscriptions of this URL keep the old key, and are refused when that ends: ` +
        `${duplicates.join(', ')}. Delete them: ${deps.next({ command: 'subscriptions ensure', options: { account: accountId, 'remove-duplicates': true } })}`,
    )
  const { notify } = webhooksApi(deps.keep.access.api, accountId, { limit })
  const noop = await awaitNoop(
    deps,
    {
      accountId,
      subscriptionId: subscription.id,
      timeoutMs: noopTimeoutMs,
      notify: () => notify(subscription.id),
    },
    limit.signal,
  )
  if (noop?.keyFingerprint === fingerprint)
    return deps.tell(`account ${accountId}: a noop came, signed with it`)
  const what = noop
    ? `is signed with the key ${noop.keyFingerprint || 'before'}`
    : `did not come within ${noopTimeoutMs / 1000} s`
  throw new UsageError(
    `The noop of account ${accountId} ${what}, and not with ${fingerprint}. Both keys stay good: find the cause by ` +
      `${deps.next('doctor')}, and run this again.`,
  )
}

function parse({ keep }: RotateDeps, fields: SecretFields) {
  return parseWebhookSecret(JSON.stringify(fields), keep.webhookSecret.id)
}

function isoOf(epochMs: number): string {
  return new Date(epochMs).toISOString()
}

/** How far a new key has come on its way into all subscriptions, as the secret tells it. */
interface Rotation {
  /** A previous key has no end yet: not every subscription is known to have the current one. */
  isUnderWay: boolean
  /** The fingerprint of the current key. */
  fingerprint: string
  /** When it was put in. */
  sinceEpochMs: number
  /** Until when the last of the previous keys is good; infinite while under way. */
  oldUntilEpochMs: number
}

/** How long the old key stays good once every subscription has the new one: later, Smokeball sends nothing again. */
const goodForMs = 60 * 60_000

interface PreviousKey {
  key: string
  until?: string
}

function rotationIn({ signingKeys }: WebhookSecret): Rotation {
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
function startRotation(
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
function finishRotation(
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
