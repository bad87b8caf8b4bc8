import { text } from 'node:stream/consumers'
import { parseEnv } from 'node:util'
import { withoutByteOrderMark } from '../../../shared/event/lossless-json.ts'
import { type Terminal, terminal } from '../../terminal/terminal.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { type CredentialName, credentialNames } from './credential-names.ts'

const read = new WeakMap<Terminal, Promise<string>>()

/** All of stdin, without a byte order mark (PowerShell may write one) and without one newline at its end. Read once, and only where something is needed of it. */
export async function stdinValue(): Promise<string> {
  const from = terminal()
  const whole = read.get(from) ?? text(from.stdin)
  read.set(from, whole)
  return withoutByteOrderMark(await whole).replace(/\r?\n$/, '')
}

/**
 * Lines such as `client-id=…` of stdin, as `util.parseEnv` reads them. What is there and not among `names` is not needed
 * now. Throws `UsageError`, which quotes nothing of it.
 */
export async function stdinLines<Name extends CredentialName>(
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
