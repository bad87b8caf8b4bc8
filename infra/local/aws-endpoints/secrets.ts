import { randomUUID } from 'node:crypto'
import type { KeptFile } from '../../operate/kept-file.ts'
import { type SecretState, type SecretVersions, secretVersions } from './secret-versions.ts'

/** Names of the handlers' secrets begin with it. */
export const ofHandlers = 'handlers/'

const arnPrefix = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:'

export interface Secret {
  name: string
  arn: string
  versions: SecretVersions
}

/** Where the secrets are kept. What is not there answers as in an account that lacks it. */
export interface Secrets {
  /** By name or ARN. */
  get(id: string): Secret | undefined
  /** Makes this text the current version, and the secret if need be. */
  set(name: string, text: string): Secrets
  /** Removes a secret with all its versions. */
  delete(name: string): void
  clear(): void
}

/**
 * `kept`: where they are kept, all but those of the handlers, which `.env` holds. Throws `UsageError` when it cannot be read.
 */
export function localSecrets(kept?: KeptFile): Secrets {
  const byName = new Map<string, Secret>()
  const keep = () => {
    const ours = [...byName.values()].filter(({ name }) => !name.startsWith(ofHandlers))
    kept?.write(Object.fromEntries(ours.map(({ name, versions }) => [name, versions.state()])))
  }
  const make = (name: string, state?: SecretState): Secret => {
    const secret = { name, arn: arnPrefix + name, versions: secretVersions(state, keep) }
    byName.set(name, secret)
    return secret
  }
  for (const [name, state] of Object.entries((kept?.read() ?? {}) as Record<string, SecretState>))
    make(name, state)
  const secrets: Secrets = {
    get: (id) => byName.get(id.startsWith(arnPrefix) ? id.slice(arnPrefix.length) : id),
    set(name, text) {
      const { versions } = byName.get(name) ?? make(name)
      versions.add(randomUUID(), text)
      return secrets
    },
    delete(name) {
      byName.delete(name)
      keep()
    },
    clear() {
      byName.clear()
      keep()
    },
  }
  return secrets
}
