import type { CommandWords } from '../../../shared/runtime/command-line.ts'
import { NotUnderstood } from '../../terminal/usage-error.ts'
import { type CredentialName, credentialNames } from '../terminal/credentials.ts'
import type { GlobalOptions } from './command.ts'
import { nextFor } from './next-command.ts'

/** Says why a secret is not taken from the command line, and how it is given. Never repeats what may be one. */
export function neverAnArgument(name: CredentialName | undefined, options: GlobalOptions): NotUnderstood {
  const how: CommandWords =
    name === 'refresh-token'
      ? { command: 'accounts add', options: { [name]: true }, positionals: ['ACCOUNT_ID'] }
      : { command: `secret set ${name ?? 'client-secret'}` }
  return new NotUnderstood(
    `Values of ${credentialNames.join(', ')} are never taken from the command line, where process lists and shell ` +
      `histories show them. Run this, which asks for the value or reads it from stdin: ${nextFor(options, how)}`,
  )
}
