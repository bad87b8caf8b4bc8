import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager'

/** A secret's text, kept in memory for as long as its readers allow. */
export interface KeptSecret {
  /** The text as it was at most `maxAgeMs` ago; undefined if it has none. Throws what reading throws. */
  read(maxAgeMs: number, signal: AbortSignal): Promise<string | undefined>
}

interface KeptSecretDeps {
  read(signal: AbortSignal): Promise<string | undefined>
  /** Milliseconds since 1970. */
  now(): number
}

/** The usual age that is accepted. A secret changes seldom, and whoever finds that it no longer fits asks for a younger one. */
export const usualAgeMs = 5 * 60_000
/** The age that those ask for: the secret is not read more often than this. */
export const youngestAgeMs = 10_000

/** Keeps what was read last. One read at a time: who needs it meanwhile waits for that. */
export function keptSecret({ read, now }: KeptSecretDeps): KeptSecret {
  let text: string | undefined
  let readEpochMs = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  const readOnce = async (signal: AbortSignal) => {
    const startEpochMs = now()
    text = await read(signal)
    // It may have changed since the read began, however long that took.
    readEpochMs = startEpochMs
  }
  return {
    async read(maxAgeMs, signal) {
      if (now() - readEpochMs >= maxAgeMs) {
        reading ??= readOnce(signal).finally(() => {
          reading = undefined
        })
        await reading
      }
      return text
    },
  }
}

/** What `parse` makes of the text. Where it throws, the text may have been put right since: a younger one is looked at. */
export async function parsedSecret<T>(
  secret: KeptSecret,
  parse: (text: string | undefined) => T,
  maxAgeMs: number,
  signal: AbortSignal,
): Promise<T> {
  const text = await secret.read(maxAgeMs, signal)
  try {
    return parse(text)
  } catch (error) {
    const younger = await secret.read(youngestAgeMs, signal)
    if (younger === text) throw error
    return parse(younger)
  }
}

/** The secret's text; undefined if it has none. Throws what the SDK does. */
export async function readSecret(
  client: Pick<SecretsManagerClient, 'send'>,
  secretId: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const get = new GetSecretValueCommand({ SecretId: secretId })
  return (await client.send(get, { abortSignal: signal })).SecretString
}
