import type { CommandWords } from '../../../../shared/runtime/command-line.ts'
import { patternsIn } from '../../../../shared/subscriptions/patterns-text.ts'
import type { AccountsSetting } from '../../../operate/accounts-setting.ts'
import type { Finding } from '../../../operate/diagnosis/finding.ts'
import { domainTargets, type StackOutputs } from '../../../operate/stack-outputs.ts'
import { harmless, styled } from '../../../terminal/terminal.ts'
import { lineForTerminal } from '../../../terminal/terminal-text.ts'
import { nextFor } from '../command.ts'

export interface Deployment {
  stage: string
  /** AWS profile, if one was named: the next commands need it, too. */
  profile?: string | undefined
  /** Undefined: there was no such stack; null: nobody knows. */
  before: StackOutputs | undefined | null
  after: StackOutputs
  /** Undefined: nobody knows. */
  hasClientId: boolean | undefined
  /** @default nothing is told of it */
  accounts?: AccountsSetting
  /** What was looked at after the deployment. Those that ask for nothing are not told. @default none */
  findings?: readonly Finding[]
}

/** What the deployment comes to, for who deployed: the URL, what changed for Smokeball, what is to be done next. */
export function deployReport(deployment: Deployment): string {
  const { after } = deployment
  const rows = [
    ['Callback URL', styled('bold', after.CallbackUrl ?? '')],
    ['Event types', harmless(typeChanges(deployment))],
    ...accountsRow(deployment),
    ...domainTargets(after).map(({ name, target }) => ['DNS record', harmless(`${name} CNAME ${target}`)]),
  ]
  const shown = rows.map(([name = '', value]) => `  ${name.padEnd(14)}${value}`)
  const parts = [
    shown.join('\n'),
    ...accountsWarning(deployment),
    nextStep(deployment),
    ...adviceIn(deployment.findings),
  ]
  return `\n${parts.join('\n\n')}\n`
}

/** What was found that asks for something, as a person reads it. */
export function adviceIn(findings: readonly Finding[] = []): string[] {
  return findings.flatMap(({ check, said, fix }) => {
    if (fix === undefined) return []
    return [`${styled('yellow', '!')} ${harmless(`${check}: ${said}.`)}\n    ${harmless(fix)}`]
  })
}

function accountsRow({ after, accounts }: Deployment): [string, string][] {
  if (!accounts) return []
  const isOn = after.ConnectedAccountsOnly === 'true'
  const what = isOn ? 'events of connected accounts alone are taken' : 'events of all accounts are taken'
  return [['Accounts', isOn && accounts.kind === 'on' ? `${what}, from now on` : what]]
}

/** Most accounts that are listed. */
const mostListed = 20

/** Whose events would have been turned away, for a stack that takes those of all accounts, and how that is ended. */
function accountsWarning(deployment: Deployment): string[] {
  const { accounts } = deployment
  if (accounts?.kind !== 'off') return []
  const { unconnected } = accounts
  const chooses = '`stack: { connectedAccountsOnly: true }` in infra/handlers.ts'
  const why = 'The body of a delivery, which says whose an event is, is not signed.'
  if (!unconnected)
    return [
      `${why} Whether all events of the last 30 days were of connected accounts could not be told; ${chooses} takes those alone.`,
    ]
  const shown = unconnected
    .slice(0, mostListed)
    .map(
      ({ accountId, events }) => `  ${lineForTerminal(accountId)}  ${events} event${events === 1 ? '' : 's'}`,
    )
  const more = unconnected.length > mostListed ? [`  and ${unconnected.length - mostListed} more`] : []
  return [
    [
      `${why} In the last 30 days, events came of accounts that are not connected:`,
      '',
      ...shown,
      ...more,
    ].join('\n'),
    `Connect those that are yours: ${webhooks({ command: 'accounts add', positionals: ['ACCOUNT_ID'] }, deployment)}. Once none is left, the next deployment turns it ` +
      `on that events of connected accounts alone are taken. ${chooses} does so at once: the others become dead letters.`,
  ]
}

function typeChanges({ before, after }: Deployment): string {
  const now = typesOf(after)
  const all = now.join(', ') || 'none: no handler asks for any'
  if (!before) return all
  const was = typesOf(before)
  const added = now.filter((type) => !was.includes(type)).map((type) => `+ ${type}`)
  const gone = was.filter((type) => !now.includes(type)).map((type) => `- ${type}`)
  return added.length + gone.length > 0 ? `${all} (${[...added, ...gone].join(', ')})` : `${all} (as before)`
}

function nextStep(deployment: Deployment): string {
  const { hasClientId, before, after } = deployment
  const isNew = before === undefined
  if (isNew || hasClientId === false)
    return `Next: connect it to Smokeball. Until then each delivery is answered with 503.\n\n  ${webhooks('connect', deployment)}`
  const changed = before && typesOf(before).join() !== typesOf(after).join()
  if (before && before.CallbackUrl !== after.CallbackUrl)
    return `Next: the subscriptions get the new URL.${recordStep(deployment)} The keeper moves them within the hour once the URL answers, and until then
deliveries come by the former one. To move them now, and to see that all is right:

  ${webhooks('subscriptions ensure', deployment)}
  ${webhooks('doctor', deployment)}`
  if (changed)
    return `Next: Smokeball sends only the types that a subscription names. The keeper sees to it within the hour; now:

  ${webhooks('subscriptions ensure', deployment)}`
  return 'Done.'
}

/** What there is to do before a new domain answers. */
function recordStep({ after }: Deployment): string {
  const name = URL.parse(after.CallbackUrl ?? '')?.hostname
  const isToSet = domainTargets(after).some((each) => each.name === name)
  return isToSet ? ` Set the DNS record of ${name}, as it is shown above.` : ''
}

function webhooks(command: string | CommandWords, { stage, profile }: Deployment): string {
  return nextFor({ stage, profile }, command)
}

function typesOf({ EventTypes }: StackOutputs): string[] {
  return EventTypes === undefined ? [] : patternsIn(EventTypes)
}
