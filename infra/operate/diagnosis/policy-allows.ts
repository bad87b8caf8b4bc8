import type { KeyStatement } from '../../settings/key-policy.ts'

interface Statement {
  Effect?: string
  Principal?: unknown
  Action?: string | string[]
  Condition?: Record<string, Record<string, string | string[]>>
}

/**
 * Whether a key's policy allows what a statement for a service does, for this account. Conditions but that on the account count
 * as met: only AWS knows what they come to.
 */
export function policyAllows(policy: string, needed: KeyStatement, account: string): boolean {
  const { Statement = [] } = JSON.parse(policy) as { Statement?: Statement | Statement[] }
  const patterns = [Statement]
    .flat()
    .filter(({ Effect, Principal }) => Effect === 'Allow' && isFor(Principal, needed.Principal.Service))
    .filter(({ Condition = {} }) => isForAccount(Condition, account))
    .flatMap(({ Action = [] }) => [Action].flat().map(asPattern))
  // A pattern is looked for by one of the actions that it names.
  const actions = needed.Action.map((action) => action.replace('ReEncrypt*', 'ReEncryptTo').replace('*', ''))
  return actions.every((action) => patterns.some((pattern) => pattern.test(action)))
}

function isFor(principal: unknown, service: string): boolean {
  if (principal === '*') return true
  const { Service = [], AWS = [] } = (principal ?? {}) as Record<string, string | string[] | undefined>
  return [Service].flat().includes(service) || [AWS].flat().includes('*')
}

function isForAccount(condition: NonNullable<Statement['Condition']>, account: string): boolean {
  const read = ['StringEquals', 'StringLike'].flatMap((operator) => Object.entries(condition[operator] ?? {}))
  return read
    .filter(([key]) => key.toLowerCase() === 'aws:sourceaccount')
    .every(([, accounts]) => [accounts].flat().some((each) => asPattern(each).test(account)))
}

/** IAM reads actions without regard to case. */
function asPattern(text: string): RegExp {
  const escaped = text.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i')
}
