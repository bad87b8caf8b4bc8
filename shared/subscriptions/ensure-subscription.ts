import { AdvisedError } from '../runtime/advised-error.ts'
import type { SigningKey } from '../signing/webhook-secret.ts'
import type { KeptSubscription } from '../smokeball-api/account.ts'
import { moveSubscription } from './move-subscription.ts'
import { type WantedTypes, wantedTypes } from './wanted-types.ts'
import { removeIfThere, type Subscription, type SubscriptionBody, type WebhooksApi } from './webhooks-api.ts'

export interface WantedSubscription {
  accountId: string
  /** The callback URL. */
  url: string
  /** Other URLs of the same deployment: their subscriptions are moved to `url`. @default none */
  movedFrom?: readonly string[]
  /** Their subscriptions are another deployment's, the kept one too. @default none */
  leftAlone?: readonly string[] | undefined
  /** `given`: its name from now on. Without it, a subscription keeps its name, and a new one gets the standard name. */
  name: { standard: string; given?: string }
  /** What the handlers subscribe to, or types that were chosen. */
  patterns: readonly string[]
  key: SigningKey
  /** Whether further subscriptions of this URL are deleted. */
  removeDuplicates: boolean
  /** What is known of the subscription from before. */
  kept: KeptSubscription | undefined
}

/**
 * `repaired`: somebody or something had changed or removed what was right before. `updated`: what is wanted has changed.
 */
export interface EnsuredSubscription {
  outcome: 'unchanged' | 'created' | 'updated' | 'repaired'
  subscription: KeptSubscription
  /** What was wrong with it. */
  differences: string[]
  /** Ids of further subscriptions of this URL: for each of them, every event is delivered once more. */
  duplicates: string[]
  removed: string[]
  leftOut: WantedTypes['leftOut']
}

const nameTypes = { command: 'subscriptions ensure', options: { types: 'matter.updated' } }
const actForMany = { command: 'connect', options: { 'acts-for': 'many' } }

/** Smokeball offers nothing of what the handlers ask for. */
export class NothingToSubscribe extends AdvisedError {
  readonly code = 'NOTHING_TO_SUBSCRIBE'

  constructor(accountId: string, patterns: readonly string[]) {
    const asked =
      patterns.length === 0 ? 'no event type' : `nothing that Smokeball offers it (${patterns.join(', ')})`
    super(`The handlers ask for ${asked} for account ${accountId}.`, {
      text: 'Add a handler to functions/handlers/index.ts and deploy, or name types',
      next: nameTypes,
    })
    this.name = 'NothingToSubscribe'
  }
}

/** The credentials are those of another firm. */
export class OtherAccount extends AdvisedError {
  readonly code = 'OTHER_ACCOUNT'

  constructor(wanted: string, actual: string) {
    super(`The API's credentials are those of account ${actual}, and not of ${wanted}.`, {
      text: 'Connect that one, or, if the client acts for several accounts, say so',
      next: actForMany,
    })
    this.name = 'OtherAccount'
  }
}

/**
 * Sees to it that there is one subscription of an account for a URL, with the wanted types and the key: looks, compares, and
 * only then creates or updates. Only one process at a time may do it for an account. Throws `NothingToSubscribe`, `OtherAccount`, and what
 * the API's calls throw.
 */
export async function ensureSubscription(
  api: WebhooksApi,
  wanted: WantedSubscription,
): Promise<EnsuredSubscription> {
  const { types, leftOut } = wantedTypes(wanted.accountId, wanted.patterns, await api.types())
  if (types.length === 0) throw new NothingToSubscribe(wanted.accountId, wanted.patterns)
  const { kept, movedFrom = [], leftAlone = [] } = wanted
  const listed = (await api.list()).filter(({ url }) => !leftAlone.includes(url))
  const there = listed.filter(({ url }) => url === wanted.url)
  const elsewhere = listed.filter(({ url }) => url !== wanted.url && movedFrom.includes(url))
  const isKept = ({ id }: Subscription) => id === kept?.id
  // A kept subscription of another URL is moved to this one.
  const current = there.find(isKept) ?? there[0] ?? listed.find(isKept) ?? elsewhere[0]

  const differences = current ? differencesOf(current, wanted, types, kept) : ['it was not there']
  const id = await put(api, wanted, { current, types, isRight: differences.length === 0 })
  const others = (some: Subscription[]) => some.filter((each) => each.id !== current?.id && each.id !== id)
  const left = await clear(api, wanted, { there: others(there), elsewhere: others(elsewhere) })
  return {
    outcome: outcomeOf({ current, kept, types, isRight: differences.length === 0, wanted }),
    subscription: { id, url: wanted.url, eventTypes: types, keyFingerprint: wanted.key.fingerprint },
    differences,
    leftOut,
    ...left,
  }
}

async function put(
  api: WebhooksApi,
  wanted: WantedSubscription,
  { current, types, isRight }: { current: Subscription | undefined; types: string[]; isRight: boolean },
): Promise<string> {
  if (current) checkAccount(wanted.accountId, current)
  if (current && isRight) return current.id
  const body: SubscriptionBody = {
    key: wanted.key.text,
    name: wanted.name.given ?? (current?.name || wanted.name.standard),
    eventTypes: types,
    eventNotificationUrl: wanted.url,
  }
  if (current && current.url !== wanted.url) return moveSubscription(api, current.id, body)
  const made = current ? await api.update(current.id, body) : await api.create(body)
  // Where there was no subscription before, only a new one shows whose the credentials are. Another firm did not ask for it.
  if (!current && isAnothers(wanted.accountId, made)) await api.remove(made.id)
  checkAccount(wanted.accountId, made)
  return current?.id ?? made.id
}

/**
 * What becomes of further subscriptions, once there is the right one: those elsewhere come to the same URL, but for the one that
 * the right one has replaced, and which was to be removed.
 */
async function clear(
  api: WebhooksApi,
  wanted: WantedSubscription,
  { there, elsewhere }: { there: Subscription[]; elsewhere: Subscription[] },
): Promise<Pick<EnsuredSubscription, 'duplicates' | 'removed'>> {
  const [duplicates, removed] = [there.map(({ id }) => id), [] as string[]]
  for (const each of elsewhere.filter((one) => !isAnothers(wanted.accountId, one))) {
    const { id, name, eventTypes } = each
    const isReplaced = id === wanted.kept?.id
    const body = { key: wanted.key.text, name, eventTypes, eventNotificationUrl: wanted.url }
    if (isReplaced) removed.push(id)
    else if (wanted.removeDuplicates) duplicates.push(id)
    else duplicates.push(await moveSubscription(api, id, body))
  }
  if (wanted.removeDuplicates) removed.push(...duplicates.splice(0))
  for (const id of removed) await removeIfThere(api, id)
  return { duplicates, removed }
}

function isAnothers(wanted: string, { accountId }: Subscription): boolean {
  return accountId !== '' && accountId !== wanted
}

function checkAccount(wanted: string, subscription: Subscription): void {
  if (isAnothers(wanted, subscription)) throw new OtherAccount(wanted, subscription.accountId)
}

function differencesOf(
  current: Subscription,
  { url, name, key }: WantedSubscription,
  types: readonly string[],
  kept: KeptSubscription | undefined,
): string[] {
  const missing = types.filter((type) => !current.eventTypes.includes(type))
  const extra = current.eventTypes.filter((type) => !types.includes(type))
  return [
    ...(current.url === url ? [] : [`its URL was ${current.url}`]),
    ...missing.map((type) => `${type} was missing`),
    ...extra.map((type) => `${type} is not wanted`),
    ...(name.given !== undefined && name.given !== current.name ? [`its name was ${current.name}`] : []),
    // The API does not tell the key: only the one that was sent last is known.
    ...(kept?.id !== current.id ? ['its key was not known'] : []),
    ...(kept?.id === current.id && kept.keyFingerprint !== key.fingerprint ? ['its key was another'] : []),
  ]
}

function outcomeOf({
  current,
  kept,
  types,
  isRight,
  wanted,
}: {
  current: Subscription | undefined
  kept: KeptSubscription | undefined
  types: readonly string[]
  isRight: boolean
  wanted: WantedSubscription
}): EnsuredSubscription['outcome'] {
  if (isRight) return 'unchanged'
  const wasMade = kept?.url === wanted.url
  if (!current) return wasMade ? 'repaired' : 'created'
  if (current.id !== kept?.id) return wasMade ? 'repaired' : 'updated'
  const wasRight = wasMade && isSame(kept.eventTypes, types) && kept.keyFingerprint === wanted.key.fingerprint
  return wasRight && wanted.name.given === undefined ? 'repaired' : 'updated'
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((type) => others.includes(type))
}
