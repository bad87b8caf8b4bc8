import { parseRounding } from '../../shared/event/lossless-json.ts'
import { describeSecret } from '../../shared/runtime/command-line.ts'
import { InvalidEnvironment, variables } from '../../shared/runtime/environment.ts'
import { redactSecrets } from '../../shared/runtime/redact-secrets.ts'
import type { SecretValues } from '../../shared/runtime/secret-lookup.ts'

export interface HandlerSecrets {
  /**
   * The values, read at the first call and kept as long as the process lives. Throws `HandlerSecretsUnavailable`; the
   * next call then reads those again that failed.
   */
  read(signal: AbortSignal): Promise<SecretValues>
  /** The text with no value in it that was read: as much of it as is wanted. */
  redact(text: string, maxChars: number): string
}

export interface HandlerSecretsDeps {
  /** Name → Secrets Manager id. */
  ids: ReadonlyMap<string, string>
  /** Reads a secret's text; undefined if it has none. */
  read(secretId: string, signal: AbortSignal): Promise<string | undefined>
}

/** A secret of the handlers cannot be read: no handler can run, and none is to blame. */
export class HandlerSecretsUnavailable extends Error {
  readonly code = 'HANDLER_SECRETS_UNAVAILABLE'

  constructor(problems: readonly string[], cause: unknown) {
    // The SyntaxError of an answer cut short would quote the secret.
    super(problems.join('\n'), cause instanceof SyntaxError ? undefined : { cause })
    this.name = 'HandlerSecretsUnavailable'
  }
}

/** Reads the handlers' secrets, all at once, when first needed. */
export function handlerSecrets({ ids, read }: HandlerSecretsDeps): HandlerSecrets {
  const values = new Map<string, string>()
  let reading: Promise<void> | undefined

  async function readMissing(signal: AbortSignal): Promise<void> {
    const missing = [...ids].filter(([name]) => !values.has(name))
    const problems: { text: string; cause: unknown }[] = []
    const readOne = async ([name, secretId]: (typeof missing)[number]) => {
      try {
        const value = await read(secretId, signal)
        if (value !== undefined) values.set(name, value)
        else problems.push({ text: problemOf(name, secretId, 'it has no text'), cause: undefined })
      } catch (cause) {
        problems.push({ text: problemOf(name, secretId, nameOf(cause)), cause })
      }
    }
    await Promise.all(missing.map(readOne))
    if (problems.length === 0) return
    throw new HandlerSecretsUnavailable(
      problems.map(({ text }) => text),
      problems.find(({ cause }) => cause !== undefined)?.cause,
    )
  }

  return {
    async read(signal) {
      if (values.size < ids.size) {
        reading ??= readMissing(signal).finally(() => {
          reading = undefined
        })
        await reading
      }
      return values
    },
    redact: (text, maxChars) => redactSecrets(text, values, maxChars),
  }
}

function problemOf(name: string, secretId: string, what: string): string {
  return (
    `The secret ${secretId} (${name} in infra/handlers.ts) cannot be read: ${what}. ` +
    `See what it says: ${describeSecret(secretId)}`
  )
}

function nameOf(cause: unknown): string {
  return cause instanceof Error ? cause.name : 'unknown error'
}

/** The Secrets Manager ids of the handlers' secrets, by name. Throws `InvalidEnvironment`. */
export function secretIds(env: Record<string, string | undefined>): ReadonlyMap<string, string> {
  const ids = parsed(env[variables.handlerSecrets] || '{}')
  if (typeof ids === 'object' && ids !== null && !Array.isArray(ids)) {
    const entries = Object.entries(ids)
    if (entries.every(([, id]) => typeof id === 'string' && id !== '')) return new Map(entries)
  }
  throw new InvalidEnvironment({
    others: [`Set ${variables.handlerSecrets} to JSON: { "NAME": "secret id" }.`],
  })
}

function parsed(text: string): unknown {
  try {
    return parseRounding(text)
  } catch {
    return undefined
  }
}
