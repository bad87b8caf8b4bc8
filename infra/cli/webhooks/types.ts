import { is } from '../../../shared/handler-registry.ts'
import { chosenAccounts } from './chosen-accounts.ts'
import { command } from './command.ts'
import { onDeployment } from './on-deployment.ts'
import { webhooksOf } from './own-subscription.ts'

/** Lists what can be subscribed to, and which of it the handlers want. */
export const types = command(
  'types',
  'Lists the event types that Smokeball offers; * marks those that the handlers want.',
  ['types', 'types --account 1e53979d-9269-4159-b104-2e603670f59d --json'],
)
  .option('--account <id>', 'as this account sees them (the first that is connected)')
  .action(
    onDeployment<{ account?: string }>(async (run, { account }) => {
      const { deps, out } = run
      const [accountId = ''] = await chosenAccounts(run, account)
      const offered = await webhooksOf(run, accountId).types()
      const rows = offered
        .toSorted()
        .map((type) => ({ type, isWanted: deps.patterns.some((pattern) => is({ type }, pattern)) }))
      for (const pattern of deps.patterns)
        if (pattern !== 'noop' && !offered.some((type) => is({ type }, pattern)))
          out.warn(`The handlers ask for ${pattern}, which Smokeball does not offer.`)
      out.result(
        rows,
        rows.map(({ type, isWanted }) => `${isWanted ? '*' : ' '} ${type}`),
      )
    }),
  )
