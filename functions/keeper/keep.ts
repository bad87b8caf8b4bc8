import { isCredentialsProblem } from '../../shared/smokeball-api/api-errors.ts'
import type { CallContext } from '../../shared/smokeball-api/smokeball-api.ts'
import { AccountNotConnected } from '../../shared/subscriptions/keep-subscription.ts'
import { proveRefreshToken } from '../../shared/subscriptions/prove-refresh-token.ts'
import { type BringInDeps, type BroughtIn, bringIn } from './bring-in.ts'
import { type KeepAccountsDeps, type KeptAccount, keepAccount, keepAccounts } from './keep-accounts.ts'
import { type KeeperRequest, readKeeperRequest } from './keeper-request.ts'
import { type ResendDeps, resendOverdue } from './resend-overdue.ts'

export interface KeeperDeps extends KeepAccountsDeps {
  resend: Omit<ResendDeps, 'log' | 'clock'>
  bringIn: Omit<BringInDeps, 'log' | 'clock' | 'describe'>
}

export type KeeperAnswer = { accounts: KeptAccount[] } | KeptAccount | BroughtIn | { requestId: string }

/**
 * One invocation: by the schedules, for all accounts, or for what was put aside; by the user's backend, to connect an account or
 * to record a write. Throws `InvalidKeeperRequest`, `AccountsNotKept`, and for one account what `keepSubscription` throws.
 */
export async function keep(
  deps: KeeperDeps,
  event: unknown,
  limit: CallContext['limit'],
): Promise<KeeperAnswer> {
  const request = readKeeperRequest(event)
  switch (request.kind) {
    case 'all':
      return { accounts: await keepAll(deps, limit) }
    case 'bring-in':
      return bringIn({ ...deps, ...deps.bringIn }, limit)
    case 'account':
      return connect(deps, request, limit)
    case 'write': {
      const { accountId, ...write } = request.write
      return { requestId: await deps.access.api.recordWrite(accountId, write, { limit }) }
    }
    default:
      return unreachable(request)
  }
}

/** Sends again what is overdue, and looks after the accounts. If one of them fails, the other is still done. */
async function keepAll(deps: KeeperDeps, limit: CallContext['limit']): Promise<KeptAccount[]> {
  const [resent, kept] = await Promise.allSettled([
    resendOverdue({ ...deps, ...deps.resend }, limit.signal),
    keepAccounts(deps, limit),
  ])
  if (kept.status === 'rejected') throw kept.reason
  if (resent.status === 'rejected') throw resent.reason
  return kept.value
}

async function connect(
  deps: KeeperDeps,
  { accountId, refreshToken }: Extract<KeeperRequest, { kind: 'account' }>,
  limit: CallContext['limit'],
): Promise<KeptAccount> {
  if (refreshToken !== undefined) return connectBy(deps, accountId, refreshToken, limit)
  await deps.access.accounts.add(accountId, limit.signal)
  return keepAccount(deps, accountId, limit)
}

/**
 * Connects an account by a refresh token that is proven first: if it does not work, or is another firm's, the account stays
 * connected as it was. The subscription that is made with the token shows at the latest whose it is.
 */
async function connectBy(
  deps: KeeperDeps,
  accountId: string,
  refreshToken: string,
  limit: CallContext['limit'],
): Promise<KeptAccount> {
  const token = await deps.access.candidate(accountId, refreshToken)
  await proveRefreshToken(token, accountId, limit)
  const keepByIt = () =>
    keepAccount({ ...deps, access: { ...deps.access, api: token.api } }, accountId, limit)
  const [kept] = await Promise.allSettled([keepByIt()])
  const failure: unknown = kept.status === 'rejected' ? kept.reason : undefined
  if (isCredentialsProblem(failure)) throw failure
  await token.store()
  if (kept.status === 'fulfilled') return kept.value
  // The account is new, so the token has replaced nothing.
  if (failure instanceof AccountNotConnected) return keepByIt()
  throw failure
}

function unreachable(request: never): never {
  throw new Error(`Unknown request: ${(request as KeeperRequest).kind}`)
}
