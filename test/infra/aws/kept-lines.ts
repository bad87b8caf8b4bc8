import { type KeepAccountDeps, keepAccount } from '../../../functions/keeper/keep-account.ts'
import type { SubscriptionOutcome } from '../../../shared/event/outcomes.ts'
import type { KeptSubscription } from '../../../shared/smokeball-api/account.ts'
import { FirmDisconnected } from '../../../shared/smokeball-api/api-errors.ts'

const url = 'https://hooks.test/smokeball'
const type = 'matter.updated'
/** The fingerprint of the key 'k'. */
const keyFingerprint = '8254c329'
const known: KeptSubscription = { id: 's', url, eventTypes: [type], keyFingerprint }
const there = { id: 's', accountId: 'a', eventTypes: [type], eventNotificationUrl: url }

interface Case {
  kept?: KeptSubscription
  list?: object[]
  fails?: Error
}

const cases: Record<SubscriptionOutcome | 'failed otherwise', Case> = {
  unchanged: { kept: known, list: [there] },
  created: {},
  updated: { kept: { ...known, eventTypes: [] }, list: [{ ...there, eventTypes: [] }] },
  repaired: { kept: known },
  failed: { fails: new FirmDisconnected('a') },
  'failed otherwise': { fails: new Error('no network') },
}

/** The keeper's lines for an account of which this is so: its real code, on an API that answers at once. */
export async function keptLines(of: keyof typeof cases): Promise<Record<string, unknown>[]> {
  const { kept, list = [], fails } = cases[of]
  const lines: Record<string, unknown>[] = []
  const answer = (path: string, method = 'GET') => {
    if (fails) throw fails
    if (path === '/webhooks/types') return { value: [type] }
    return method === 'GET' ? { value: list, size: list.length } : there
  }
  const held = {
    accountId: 'a',
    addedEpochMs: 0,
    hasRefreshToken: false,
    subscription: kept,
    lastCheck: undefined,
  }
  const deps = {
    access: {
      api: {
        fetch: async (_: string, path: string, { method }: RequestInit) =>
          new Response(JSON.stringify(answer(path.split('?')[0] ?? '', method))),
      },
      accounts: {
        hold: async () => ({ kind: 'held', account: { ...held, holder: 'h' } }),
        release: async () => {},
      },
    },
    clock: { now: () => 0, after: () => () => {} },
    webhookSecret: { kept: { read: async () => '{"clientId":"c","signingKey":"k"}' }, id: 'webhook' },
    ...{ callbackUrl: url, subscriptionName: 'test', patterns: [type] },
    log: (_: string, line: Record<string, unknown>) => void lines.push(line),
    describe: String,
  } as unknown as KeepAccountDeps
  const limit = { signalEpochMs: 1_000, signal: new AbortController().signal }
  await keepAccount(deps, 'a', limit).catch(() => {})
  return lines
}
