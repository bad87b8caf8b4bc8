import { credentialProblems } from '../../../shared/smokeball-api/api-credentials.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { askHidden, isInteractive } from './ask.ts'
import { type CredentialName, labels, type SecretName, secretMembers } from './credential-names.ts'
import { stdinLines, stdinValue } from './stdin-values.ts'

type Values<Name extends CredentialName> = Partial<Record<Name, string>>

/**
 * Asks for each of these, or takes them from lines of stdin. `some`: lines for some of them suffice; `none`: no line at all.
 * Throws `UsageError`, which quotes no value.
 */
export async function readCredentials<Name extends CredentialName>(
  names: readonly Name[],
  enough: { some?: boolean; none?: boolean } = {},
): Promise<Values<Name>> {
  if (names.length === 0) return {}
  const values: Values<Name> = {}
  if (isInteractive()) {
    for (const name of names) values[name] = await ask(name)
    return values
  }
  const lines = await stdinLines(names)
  for (const name of names) if (lines[name]) values[name] = checked(name, lines[name])
  const missing = names.filter((name) => values[name] === undefined)
  const isEnough = missing.length < names.length ? enough.some : enough.none
  if (missing.length === 0 || isEnough) return values
  throw new UsageError(
    `There is no terminal to ask for ${missing.join(', ')}: give them on stdin, a line each such as ${missing[0]}=…, from ` +
      'a file or a password manager.',
  )
}

/** Asks for one, or takes stdin as it is. Throws `UsageError`, which does not quote it. */
export async function readCredential(name: CredentialName): Promise<string> {
  return isInteractive() ? ask(name) : checked(name, await stdinValue())
}

function ask(name: CredentialName): Promise<string> {
  return askHidden(labels[name], (value) => problemOf(name, value))
}

function checked(name: CredentialName, value: string): string {
  const problem = problemOf(name, value)
  if (problem) throw new UsageError(problem)
  return value
}

function problemOf(name: CredentialName, value: string): string | undefined {
  // A refresh token goes by the rule of the other secrets.
  const member = secretMembers[name as SecretName] ?? secretMembers['client-secret']
  return credentialProblems({ [member]: value }, [member])[0]?.replace(/^`.*?` (.*)$/, `${labels[name]} $1.`)
}
