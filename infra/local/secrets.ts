import { randomUUID } from 'node:crypto'
import { type SecretVersions, secretVersions } from './secret-versions.ts'

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

export function localSecrets(): Secrets {
  const byName = new Map<string, Secret>()
  const secrets: Secrets = {
    get: (id) => byName.get(id.startsWith(arnPrefix) ? id.slice(arnPrefix.length) : id),
    set(name, text) {
      const secret = byName.get(name) ?? { name, arn: arnPrefix + name, versions: secretVersions() }
      byName.set(name, secret)
      secret.versions.add(randomUUID(), text)
      return secrets
    },
    delete: (name) => void byName.delete(name),
    clear: () => byName.clear(),
  }
  return secrets
}
