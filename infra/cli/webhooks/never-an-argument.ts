import { type GlobalOptions, program } from './command.ts'
import { type CredentialName, credentialNames } from './credential-names.ts'
import { NotUnderstood } from './not-understood.ts'
import { sameFlags } from './same-flags.ts'

/** Says why a secret is not taken from the command line, and how it is given. Never repeats what may be one. */
export function neverAnArgument(name: CredentialName | undefined, options: GlobalOptions): NotUnderstood {
  const how =
    name === 'refresh-token'
      ? 'accounts add ACCOUNT_ID --refresh-token'
      : `secret set ${name ?? 'client-secret'}`
  return new NotUnderstood(
    `Values of ${credentialNames.join(', ')} are never taken from the command line, where process lists and shell ` +
      `histories show them. Run this, which asks for the value or reads it from stdin: ${[program, '--', how, ...sameFlags(options)].join(' ')}`,
  )
}
