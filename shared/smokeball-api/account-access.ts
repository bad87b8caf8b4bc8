import { type Accounts, accounts } from './accounts.ts'
import { type AccessDeps, type SmokeballAccess, smokeballAccess } from './smokeball-access.ts'

/** As `SmokeballAccess`, with the accounts that are connected: for who looks after them, and not for every event. */
export interface AccountAccess extends SmokeballAccess {
  accounts: Accounts
}

export function accountAccess(deps: AccessDeps): AccountAccess {
  const { dynamodb: client, tableName, clock, secureBytes } = deps
  const randomId = () => Buffer.from(secureBytes(8)).toString('hex')
  return {
    ...smokeballAccess(deps),
    accounts: accounts({ client, tableName, now: clock.now, randomId }),
  }
}
