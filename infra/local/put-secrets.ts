import { randomBytes } from 'node:crypto'
import { apiSecretId, secretId } from './function-environment.ts'
import type { Local, StartLocalOptions } from './local.ts'
import type { Secrets } from './secrets.ts'

/** Puts the secrets where the functions read them: of those given, and random ones for the rest. */
export function putSecrets(
  secrets: Secrets,
  options: StartLocalOptions,
): Pick<Local, 'clientId' | 'signingKey' | 'requestIdKey' | 'setSecret'> {
  const { clientId = 'local-client', signingKey = randomKey(), requestIdKey = randomKey() } = options
  const { previousSigningKeys = [], secret, apiSecret } = options
  const setSecret = (text: string | null) =>
    void (text === null ? secrets.delete(secretId) : secrets.set(secretId, text))
  setSecret(secret === undefined ? JSON.stringify({ clientId, signingKey, previousSigningKeys }) : secret)
  secrets.set(apiSecretId, JSON.stringify({ requestIdKey, ...apiSecret }))
  return { clientId, signingKey, requestIdKey, setSecret }
}

function randomKey(): string {
  return randomBytes(16).toString('hex')
}
