import type { KeyStatement } from '../../settings/key-policy.ts'

interface Statement {
  Effect?: string
  Principal?: unknown
  NotPrincipal?: unknown
  Action?: string | string[]
  NotAction?: string | string[]
  Condition?: Record<string, Record<string, string | string[]>>
}

/**
 * Whether a key's policy allows what a statement does, for this account. Conditions but those on the account count as met: only
 * AWS knows what they come to.
 */
export function policyAllows(policy: string, needed: KeyStatement, account: string): boolean {
  const allowed = statementsFor(policy, 'Allow', needed, account)
  return actionsOf(needed).every((action) => allowed.some((statement) => isAbout(statement, action)))
}

/** Whether a statement of a key's policy denies something of this, if its conditions are met: `policyAllows` does not count it. */
export function policyDenies(policy: string, needed: KeyStatement, account: string): boolean {
  const denied = statementsFor(policy, 'Deny', needed, account)
  return actionsOf(needed).some((action) => denied.some((statement) => isAbout(statement, action)))
}

function statementsFor(
  policy: string,
  effect: 'Allow' | 'Deny',
  { Principal: who }: KeyStatement,
  account: string,
): Statement[] {
  const { Statement = [] } = JSON.parse(policy) as { Statement?: Statement | Statement[] }
  return [Statement]
    .flat()
    .filter(({ Effect }) => Effect === effect)
    .filter(({ Principal, NotPrincipal }) =>
      NotPrincipal === undefined ? isFor(Principal, who) : !isFor(NotPrincipal, who),
    )
    .filter(({ Condition = {} }) => isForAccount(Condition, account))
}

/**
 * Actions by which a statement is looked for: those without a pattern. Without these two, an account's roles can do nothing; the
 * others are for what DynamoDB asks and for who deploys, to whom a policy may allow them otherwise.
 */
function actionsOf({ Principal, Action }: KeyStatement): string[] {
  if ('AWS' in Principal) return ['kms:Decrypt', 'kms:GenerateDataKey']
  return Action.map((action) => action.replace('ReEncrypt*', 'ReEncryptTo').replace('*', ''))
}

function isAbout({ Action = [], NotAction }: Statement, action: string): boolean {
  const isAmong = (patterns: string | string[]) =>
    [patterns].flat().some((pattern) => asPattern(pattern).test(action))
  return NotAction === undefined ? isAmong(Action) : !isAmong(NotAction)
}

function isFor(principal: unknown, who: KeyStatement['Principal']): boolean {
  if (principal === '*') return true
  const { Service = [], AWS = [] } = (principal ?? {}) as Record<string, string | string[] | undefined>
  const accounts = [AWS].flat()
  if (accounts.includes('*')) return true
  if ('Service' in who) return [Service].flat().includes(who.Service)
  const [, , , , accountId = ''] = who.AWS.split(':')
  return accounts.includes(who.AWS) || accounts.includes(accountId)
}

const accountKeys = ['aws:sourceaccount', 'kms:calleraccount', 'aws:principalaccount']

function isForAccount(condition: NonNullable<Statement['Condition']>, account: string): boolean {
  const read = ['StringEquals', 'StringLike'].flatMap((operator) => Object.entries(condition[operator] ?? {}))
  return read
    .filter(([key]) => accountKeys.includes(key.toLowerCase()))
    .every(([, accounts]) => [accounts].flat().some((each) => asPattern(each).test(account)))
}

/** IAM reads actions without regard to case. */
function asPattern(text: string): RegExp {
  const escaped = text.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i')
}
