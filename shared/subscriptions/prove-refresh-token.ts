import { systemAccountId } from '../smokeball-api/account.ts'
import { FirmDisconnected, isCredentialsProblem, RefreshTokenRefused } from '../smokeball-api/api-errors.ts'
import type { CandidateToken } from '../smokeball-api/smokeball-access.ts'
import type { CallContext } from '../smokeball-api/smokeball-api.ts'
import { OtherAccount } from './ensure-subscription.ts'
import { webhooksApi } from './webhooks-api.ts'

/**
 * Has Smokeball list the subscriptions of an account by a refresh token: so it works, and is not another firm's that has some.
 * Throws `RefreshTokenRefused`, `OtherAccount`, and what the API's calls throw.
 */
export async function proveRefreshToken(
  token: CandidateToken,
  accountId: string,
  limit: CallContext['limit'],
): Promise<void> {
  try {
    const listed = await webhooksApi(token.api, accountId, { limit }).list()
    const owners = listed.map((each) => each.accountId).filter((owner) => owner && owner !== systemAccountId)
    const [another] = owners
    if (another !== undefined && !owners.includes(accountId)) throw new OtherAccount(accountId, another)
  } catch (error) {
    if (error instanceof FirmDisconnected) throw new RefreshTokenRefused(accountId, error)
    // Nothing speaks against it, and its successor is known here alone: without it, the firm would have to sign in once more.
    if (token.hasSuccessor() && !isCredentialsProblem(error)) await token.store()
    throw error
  }
}
