import { AdvisedError } from '../../shared/runtime/advised-error.ts'
import { type Clock, wait } from '../../shared/runtime/clock.ts'
import type { Account } from '../../shared/smokeball-api/account.ts'
import { isCredentialsProblem } from '../../shared/smokeball-api/api-errors.ts'
import type { CallContext } from '../../shared/smokeball-api/smokeball-api.ts'
import { NothingToSubscribe } from '../../shared/subscriptions/ensure-subscription.ts'
import {
  AccountIsHeld,
  AccountNotConnected,
  holdMs,
  keepListed,
  type OfferedTypes,
} from '../../shared/subscriptions/keep-subscription.ts'
import { CallbackUrlOfOther } from '../../shared/subscriptions/own-urls.ts'
import { checkDomain } from './check-domain.ts'
import { type KeepAccountDeps, type KeptAccount, tellOf } from './keep-account.ts'
import type { ScheduledRun } from './keeper-request.ts'

/** Some accounts could not be looked after, for a reason that may pass: the invocation fails, and Lambda tries it again. */
export class AccountsNotKept extends Error {
  readonly code = 'ACCOUNTS_NOT_KEPT'

  constructor(failed: readonly KeptAccount[], all: number) {
    super(
      `${failed.length} of ${all} accounts could not be looked after: ${failed[0]?.accountId}: ${failed[0]?.problem}`,
    )
    this.name = 'AccountsNotKept'
  }
}

/** Runs come to too few accounts: one will not have been looked at for two intervals when the next run begins. */
export class KeeperTooSlow extends AdvisedError {
  readonly code = 'KEEPER_TOO_SLOW'

  constructor(run: { looks: number; left: number; oldestMs: number }) {
    const minutes = Math.round(run.oldestMs / 60_000)
    super(
      `The keeper is too slow: this run looked at ${run.looks} accounts, and ${run.left} are left, of which the oldest look will be ${minutes} minutes ago when the next run begins.`,
      {
        text:
          'A run looks at about 1,700 accounts in its 15 minutes, at two calls a second. With more, raise ' +
          "`subscriptionCheckMinutes`, or divide the firms among several stages. With fewer, see `ms` in the accounts' lines: " +
          "Smokeball is slow, or handlers take its five calls a second, or many subscriptions change at once (a handler's new " +
          'types do that, and it passes).',
      },
    )
    this.name = 'KeeperTooSlow'
  }
}

/** No account is begun with less time left: it would fail for that alone, and still count as looked at just now. */
const leastMs = 5_000
/** So many accounts are looked at side by side: the pace of calls is the same, but one that hangs does not hold up the rest. */
const lanes = 3
const askAgainMs = 1_000

interface Run {
  deps: KeepAccountDeps
  limit: CallContext['limit']
  offered: OfferedTypes
  queue: { nth: number; account: Account; busySinceEpochMs?: number }[]
  looks: { nth: number; account: KeptAccount; mayPass: boolean }[]
  left: Account[]
}

/** What a run came to; `left`: how many it had no time for. */
export interface KeptAccounts {
  accounts: KeptAccount[]
  left: number
}

/**
 * Looks after all connected accounts, three side by side, beginning with those that were looked at longest ago; one that fails does
 * not stop the others. Accounts that there is no time left for come first in the next run. A run of the schedule that is tried
 * again leaves out what it has found right before. Throws `AccountsNotKept` if some failed for reasons that may pass, and
 * `KeeperTooSlow` if one that is left comes to two intervals without a look, both after all had their turn; and what
 * `checkDomain` throws.
 */
export async function keepAccounts(
  deps: KeepAccountDeps,
  limit: CallContext['limit'],
  schedule?: ScheduledRun,
): Promise<KeptAccounts> {
  const startEpochMs = deps.clock.now()
  const accounts = await deps.access.accounts.list(limit.signal)
  const queue = accounts
    .filter((account) => !isDone(account, schedule, startEpochMs))
    .sort((a, b) => (a.lastCheck?.atEpochMs ?? 0) - (b.lastCheck?.atEpochMs ?? 0))
    .map((account, nth) => ({ account, nth }))
  const run: Run = { deps, limit, queue, offered: typesOfRun(deps.clock), looks: [], left: [] }
  await Promise.all(Array.from({ length: lanes }, () => workThrough(run)))
  const kept = end(run, { firms: accounts.length, startEpochMs, schedule })
  await checkDomain(deps, accounts)
  return kept
}

/** Found right by an earlier try of this run. No more than half an interval back, whatever the schedule says of its time. */
function isDone({ lastCheck }: Account, schedule: ScheduledRun | undefined, nowEpochMs: number): boolean {
  if (schedule === undefined || lastCheck === undefined || lastCheck.outcome === 'failed') return false
  return lastCheck.atEpochMs >= Math.max(schedule.atEpochMs, nowEpochMs - schedule.everyMs / 2)
}

async function workThrough(run: Run): Promise<void> {
  const { deps, limit, queue } = run
  for (let next = queue.shift(); next; next = queue.shift()) {
    if (deps.clock.now() + leastMs > limit.signalEpochMs) run.left.push(next.account)
    else await lookAt(run, next)
  }
}

async function lookAt(
  { deps, limit, offered, queue, looks }: Run,
  next: Run['queue'][number],
): Promise<void> {
  const { nth, account, busySinceEpochMs = deps.clock.now() } = next
  const { accountId } = account
  if (next.busySinceEpochMs !== undefined) await wait(deps.clock, askAgainMs, limit.signal)
  try {
    const kept = await tellOf(deps, accountId, async () => {
      const ensured = await keepListed(deps, account, limit, offered)
      if (ensured === 'busy' && deps.clock.now() > busySinceEpochMs + holdMs)
        throw new AccountIsHeld(accountId)
      return ensured
    })
    // Its turn comes again behind the others: whoever has it may have died, and then has it for a minute.
    if (kept === 'busy') queue.push({ nth, account, busySinceEpochMs })
    else if (kept !== 'looked-at') looks.push({ nth, account: kept, mayPass: false })
  } catch (error) {
    // The account was removed since they were listed.
    if (error instanceof AccountNotConnected) return
    // `checkDomain` tells of a callback URL that leads to another deployment, once for all accounts.
    const mayPass =
      !isCredentialsProblem(error) &&
      !(error instanceof NothingToSubscribe || error instanceof CallbackUrlOfOther)
    looks.push({ nth, account: { accountId, outcome: 'failed', problem: deps.describe(error) }, mayPass })
  }
}

/** Writes the run's line, and throws if the run is to be tried again. */
function end(
  { deps, looks, left }: Run,
  of: { firms: number; startEpochMs: number; schedule: ScheduledRun | undefined },
): KeptAccounts {
  const nowEpochMs = deps.clock.now()
  const looksOfLeft = left.map(({ lastCheck, addedEpochMs }) => lastCheck?.atEpochMs ?? addedEpochMs)
  const oldestEpochMs = Math.min(nowEpochMs, ...looksOfLeft)
  if (of.firms > 0)
    deps.log('info', {
      firms: of.firms,
      looks: looks.length,
      left: left.length,
      oldestLeftSeconds: Math.round((nowEpochMs - oldestEpochMs) / 1000),
      ms: nowEpochMs - of.startEpochMs,
    })
  const { schedule } = of
  const oldestMs = nextRunEpochMs(schedule, nowEpochMs) - oldestEpochMs
  if (left.length > 0 && schedule && oldestMs >= 2 * schedule.everyMs)
    throw new KeeperTooSlow({ looks: looks.length, left: left.length, oldestMs })
  const passing = looks.filter(({ mayPass }) => mayPass).map(({ account }) => account)
  if (passing.length > 0) throw new AccountsNotKept(passing, looks.length)
  looks.sort((a, b) => a.nth - b.nth)
  return { accounts: looks.map(({ account }) => account), left: left.length }
}

function nextRunEpochMs(schedule: ScheduledRun | undefined, nowEpochMs: number): number {
  const nextEpochMs = schedule ? schedule.atEpochMs + schedule.everyMs : nowEpochMs
  return Number.isFinite(nextEpochMs) ? Math.max(nextEpochMs, nowEpochMs) : nowEpochMs
}

/** Nobody waits longer for what another account fetches: that one may hang. */
const longestWaitMs = 5_000

/**
 * The event types on offer, which are the same for every account: whoever comes first fetches them for all. Who comes meanwhile
 * waits for that a while; if it fails, the next one fetches them for itself.
 */
function typesOfRun(clock: Pick<Clock, 'after'>): OfferedTypes {
  let found: string[] | undefined
  let underWay: Promise<unknown> | undefined
  return async (own, signal) => {
    if (!found && underWay) await Promise.race([underWay, wait(clock, longestWaitMs, signal)])
    if (found) return found
    const fetching = own()
    underWay = fetching.catch(() => {})
    found = await fetching
    return found
  }
}
