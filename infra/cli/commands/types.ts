import type { Command } from 'commander'
import { is } from '../../../shared/handling/event.ts'
import { knownTypes } from '../../smokeball/unlisted-types.ts'
import { NotUnderstood, UsageError } from '../../terminal/usage-error.ts'
import { type Output, output } from '../terminal/output.ts'
import { chosenAccounts, connectedAccounts } from './chosen-accounts.ts'
import { type GlobalOptions, reading } from './command.ts'
import { onDeployment, type Run } from './on-deployment.ts'
import { webhooksOf } from './subscriptions/own-subscription.ts'

interface TypesOptions {
  account?: string
}

/** Lists what can be subscribed to, and which of it the handlers want. */
export const types = reading(
  'types',
  'Lists the event types that Smokeball offers; * marks those that the handlers want. Where no deployment is there yet, or ' +
    'no account is connected, those that are known: ? marks what Smokeball does not document, and may not offer.',
  ['types', 'types --account 1e53979d-9269-4159-b104-2e603670f59d --json'],
)
  .option('--account <id>', 'as this account sees them (the first that is connected)')
  .action(async (...given: unknown[]) => {
    const { json, ...named } = (given.at(-1) as Command).opts<GlobalOptions & TypesOptions>()
    let isOpen = false
    try {
      await onDeployment<TypesOptions>(async (run, { account }) => {
        isOpen = true
        if (account === undefined && (await connectedAccounts(run)).length === 0)
          tellKnown(run.out, `No account is connected yet: ${run.next('connect --account ACCOUNT_ID')}`)
        else await tellOffered(run, account)
      })(...given)
    } catch (error) {
      // What was named is meant, and nothing else.
      const isMeant = isOpen || Object.values(named).some((value) => value !== undefined)
      if (isMeant || !(error instanceof UsageError) || error instanceof NotUnderstood) throw error
      tellKnown(output(json === true), error.message)
    }
  })

async function tellOffered(run: Run, account: string | undefined): Promise<void> {
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
}

function tellKnown(out: Output, why: string): void {
  const rows = knownTypes.toSorted((a, b) => (a.type < b.type ? -1 : 1))
  out.warn(`Nobody was asked what Smokeball offers, so these are the types that are known. ${why}`)
  out.result(
    rows,
    rows.map(({ type, isDocumented }) => `${isDocumented ? ' ' : '?'} ${type}`),
  )
}
