import { randomBytes } from 'node:crypto'
import { apiSecretId, secretId } from '../lambda/local-environment.ts'
import type { Local, StartLocalOptions } from '../local.ts'
import type { Secrets } from './secrets.ts'

type Fields = Record<string, unknown>

/**
 * Puts the secrets where the functions read them: those that are given, those of the previous run where its data are kept, and
 * random ones for the rest.
 */
export function putSecrets(
  secrets: Secrets,
  options: StartLocalOptions,
): Pick<Local, 'clientId' | 'signingKey' | 'requestIdKey' | 'setSecret'> {
  const [kept, keptApi] = [fieldsOf(secrets, secretId), fieldsOf(secrets, apiSecretId)]
  const { clientId = text(kept.clientId) ?? 'local-client', secret, apiSecret } = options
  const { signingKey = text(kept.signingKey) ?? randomKey() } = options
  const { requestIdKey = text(keptApi.requestIdKey) ?? randomKey() } = options
  const { previousSigningKeys = kept.previousSigningKeys ?? [] } = options
  const setSecret = (text: string | null) =>
    void (text === null ? secrets.delete(secretId) : secrets.set(secretId, text))
  if (secret !== undefined) setSecret(secret)
  else setFields(secrets, secretId, kept, { clientId, signingKey, previousSigningKeys })
  setFields(secrets, apiSecretId, keptApi, { requestIdKey, ...apiSecret })
  return { clientId, signingKey, requestIdKey, setSecret }
}

/** Returns the fields that a secret has from the previous run. */
function fieldsOf(secrets: Secrets, id: string): Fields {
  return JSON.parse(secrets.get(id)?.versions.read().text ?? '{}')
}

/** Makes no new version of a secret that has these fields already, so that a change of key that was interrupted can go on. */
function setFields(secrets: Secrets, id: string, kept: Fields, fields: Fields): void {
  const isThere = Object.entries(fields).every(
    ([name, value]) => JSON.stringify(kept[name]) === JSON.stringify(value),
  )
  if (!isThere) secrets.set(id, JSON.stringify({ ...kept, ...fields }))
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function randomKey(): string {
  return randomBytes(16).toString('hex')
}
