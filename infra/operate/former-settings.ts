import type { StackSettings } from '../settings/settings.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { advised, type Finding } from './diagnosis/finding.ts'
import { checkFormerDomains, type FormerDomains } from './former-domains.ts'
import type { StackOutputs } from './stack-outputs.ts'

export interface FormerSettings extends Pick<FormerDomains, 'accounts'> {
  /** The outputs of the stack. Undefined: there is no stack. Null: nobody knows. */
  before: StackOutputs | undefined | null
  settings: StackSettings | undefined
}

/**
 * Throws `UsageError` where deliveries would be lost since the settings do not name any more what the stack has: a domain, or a
 * key. Returns what is to be told before the deployment where AWS did not say what the stack has.
 */
export async function checkFormerSettings(former: FormerSettings): Promise<Finding | undefined> {
  const { before, settings, accounts } = former
  if (before === null) return notAsked
  if (before === undefined) return undefined
  checkFormerKey(before, settings)
  await checkFormerDomains({ before, settings, accounts })
  return undefined
}

/** Without rights on the stack's key, the functions cannot read what waits, and at first neither send nor store anything. */
function checkFormerKey({ EncryptionKeyArn: former }: StackOutputs, settings: StackSettings = {}): void {
  const { encryptionKey, previousEncryptionKeys = [] } = settings
  if (former === undefined || former === encryptionKey || previousEncryptionKeys.includes(former)) return
  throw new UsageError(
    `Deliveries would be lost: the stack is encrypted with ${former}, and the functions would have no rights on it any more. In ` +
      'infra/handlers.ts, put it into `stack.previousEncryptionKeys`, and deploy. docs/encryption.md tells when to take it out.',
  )
}

const notAsked = advised(
  'what is deployed',
  'AWS did not tell which domain and which key the stack has, so that deliveries are lost if infra/handlers.ts does not name ' +
    'them any more',
  'Get the permission cloudformation:DescribeStacks to have it checked. Until then, keep former domains in ' +
    '`stack.previousDomains`, and former keys in `stack.previousEncryptionKeys`.',
)
