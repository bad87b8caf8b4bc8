import { text } from 'node:stream/consumers'
import { parseEnv } from 'node:util'
import { withoutByteOrderMark } from '../../../shared/event/lossless-json.ts'
import type { CommandWords } from '../../../shared/runtime/command-line.ts'
import { credentialProblems } from '../../../shared/smokeball-api/api-credentials.ts'
import { type Terminal, terminal } from '../../terminal/terminal.ts'
import { NotUnderstood, UsageError } from '../../terminal/usage-error.ts'
import { type GlobalOptions, nextFor } from '../commands/command.ts'
import { askHidden, isInteractive } from './ask.ts'

/** What is secret, or goes with it: as the command line names it → the member of the API's secret. */
export const secretMembers = {
  'client-id': 'clientId',
  'client-secret': 'clientSecret',
  'api-key': 'apiKey',
} as const

export type SecretName = keyof typeof secretMembers
export type CredentialName = SecretName | 'refresh-token'

export const secretNames = Object.keys(secretMembers) as SecretName[]
const credentialNames: readonly CredentialName[] = [...secretNames, 'refresh-token']

/** How they are asked for. */
const labels: Readonly<Record<CredentialName, string>> = {
  'client-id': 'Client id',
  'client-secret': 'Client secret',
  'api-key': 'API key',
  'refresh-token': "The firm's refresh token",
}

export function isCredentialName(text: string): text is CredentialName {
  return (credentialNames as readonly string[]).includes(text)
}

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

const read = new WeakMap<Terminal, Promise<string>>()

/** All of stdin, without a byte order mark (PowerShell may write one) and without one newline at its end. Read once, and only where something is needed of it. */
async function stdinValue(): Promise<string> {
  const from = terminal()
  const whole = read.get(from) ?? text(from.stdin)
  read.set(from, whole)
  return withoutByteOrderMark(await whole).replace(/\r?\n$/, '')
}

/**
 * Lines such as `client-id=…` of stdin, as `util.parseEnv` reads them. What is there and not among `names` is not needed
 * now. Throws `UsageError`, which quotes nothing of it.
 */
async function stdinLines<Name extends CredentialName>(
  names: readonly Name[],
): Promise<Partial<Record<Name, string>>> {
  const lines = await stdinValue()
  const values = parseEnv(lines)
  const found = Object.keys(values)
  // Such a line may be a secret itself.
  if (!found.every(isKnown) || (found.length === 0 && lines.trim() !== ''))
    throw new UsageError(
      `stdin has a line that is none of these: ${names.map((name) => `${name}=…`).join(', ')}`,
    )
  const cut = names.find((name) => new RegExp(`^\\s*${name}\\s*=\\s*[^'"\`\\s].*#`, 'm').test(lines))
  if (cut) throw new UsageError(`What follows # in the line ${cut}=… would be lost: put the value in quotes.`)
  return values as Partial<Record<Name, string>>
}

function isKnown(name: string): boolean {
  return (credentialNames as readonly string[]).includes(name)
}

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
