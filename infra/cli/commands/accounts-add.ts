import { MissingApiCredentials } from '../../../shared/smokeball-api/api-credentials.ts'
import { proveRefreshToken } from '../../../shared/subscriptions/prove-refresh-token.ts'
import { callLimit } from '../../operate/call-limit.ts'
import { saveCredentials } from '../../operate/keys/save-credentials.ts'
import { readCredential } from '../terminal/credential-input.ts'
import { checkedAccountId, connectedAccounts } from './chosen-accounts.ts'
import { command } from './command.ts'
import { neverAnArgument } from './never-an-argument.ts'
import { onDeployment, type Run } from './on-deployment.ts'

/** Connects an account; its subscription is made by the next `subscriptions ensure`. */
export const accountsAdd = command(
  'add <account>',
  'Connects an account. Its subscription is made by `subscriptions ensure`, or by the keeper within the hour.',
  [
    'accounts add 1e53979d-9269-4159-b104-2e603670f59d',
    'accounts add 1e53979d-9269-4159-b104-2e603670f59d --refresh-token < token.txt',
  ],
)
  .option(
    '--refresh-token',
    "asks for the firm's refresh token, or reads it from stdin (else: the client's credentials)",
  )
  .allowExcessArguments()
  .hook('preAction', (command) => {
    const { args } = command
    if (args.length > 1) throw neverAnArgument('refresh-token', command.opts())
    checkedAccountId(args[0] ?? '')
  })
  .action(
    onDeployment<{ refreshToken?: boolean }>(async (run, { refreshToken }, accountId = '') => {
      const token = refreshToken ? await readCredential('refresh-token') : undefined
      await addAccount(run, accountId, token)
      run.out.result({ accountId, connectedBy: token === undefined ? 'client' : 'refresh token' }, [
        `Connected${token === undefined ? '' : ', with its refresh token, which is stored sealed'}.`,
        `Next: ${run.next({ command: 'subscriptions ensure', options: { account: accountId } })}`,
      ])
    }),
  )

/** Connects it, or leaves it connected; a refresh token that works takes the place of the one before. */
export async function addAccount(
  run: Run,
  accountId: string,
  refreshToken: string | undefined,
): Promise<void> {
  const { access } = run.deps
  if (refreshToken === undefined) return access.accounts.add(accountId, callLimit().signal)
  // The key to seal with has to be there.
  await saveCredentials(run.deployment, {})
  const token = await access.candidate(accountId, refreshToken)
  try {
    await proveRefreshToken(token, accountId, callLimit())
  } catch (error) {
    // Before there are credentials, Smokeball cannot be asked: the subscription proves it then, unless one that works is there.
    if (!(error instanceof MissingApiCredentials) || (await hasRefreshToken(run, accountId))) throw error
  }
  await token.store()
}

async function hasRefreshToken(run: Run, accountId: string): Promise<boolean> {
  const known = await connectedAccounts(run)
  return known.some((each) => each.accountId === accountId && each.hasRefreshToken)
}
