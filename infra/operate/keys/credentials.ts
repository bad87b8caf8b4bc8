import { randomBytes } from 'node:crypto'
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { commandLine } from '../../../shared/runtime/command-line.ts'
import { credentialProblems } from '../../../shared/smokeball-api/api-credentials.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import type { Deployment } from '../deployment.ts'
import { readSecretFields, type SecretFields, updateSecret } from './update-secret.ts'

/** Members of the API's secret; undefined takes one out. */
export type CredentialFields = Readonly<Record<string, string | undefined>>

/**
 * Puts members into the API's secret, and the client id also into the one that deliveries are checked with. What is there
 * already is not written again. Returns whether anything was. Throws `UsageError`, which quotes no value.
 */
export async function saveCredentials(
  { outputs, secrets }: Pick<Deployment, 'outputs' | 'secrets'>,
  fields: CredentialFields,
): Promise<boolean> {
  const problems = credentialProblems(
    fields,
    Object.keys(fields).filter((name) => fields[name] !== undefined),
  )
  if (problems.length > 0) throw new UsageError(`Nothing was written: ${problems.join('; ')}.`)
  const tokenKey = randomBytes(32).toString('hex')
  let isChanged = false
  const put = async (
    secretId: string,
    key: 'signingKey' | 'requestIdKey',
    members: (current: SecretFields) => SecretFields,
  ) =>
    updateSecret(secrets, secretId, (current) => {
      checkKey(current, key, secretId)
      const change = members(current)
      if (Object.keys(change).every((name) => current[name] === change[name])) return undefined
      isChanged = true
      return { ...current, ...change }
    })
  // Refresh tokens are sealed with the token key: another one would make the stored ones useless.
  await put(outputs.ApiSecretId, 'requestIdKey', (current) => ({
    ...fields,
    ...(current.tokenKey === undefined && { tokenKey }),
  }))
  const { clientId } = fields
  if (clientId !== undefined) await put(outputs.WebhookSecretId, 'signingKey', () => ({ clientId }))
  return isChanged
}

/** What deliveries are signed and checked with. */
interface WebhookCredentials {
  clientId: string
  signingKey: string
}

/** Reads the secret that deliveries are checked with. Throws `UsageError`, which quotes nothing of it and names `toConnect`. */
export async function readWebhookSecret(
  client: Pick<SecretsManagerClient, 'send'>,
  secretId: string,
  toConnect: string,
): Promise<WebhookCredentials> {
  const { fields } = await readSecretFields(client, secretId)
  checkKey(fields, 'signingKey', secretId)
  const { clientId, signingKey } = fields
  if (typeof clientId !== 'string' || clientId === '')
    throw new UsageError(`${secretId} holds no client id yet. Put it in: ${toConnect}`)
  return { clientId, signingKey: String(signingKey) }
}

/** Throws `UsageError` unless a secret holds the key that it was made with: else it is another secret, or was overwritten. */
export function checkKey(fields: SecretFields, name: 'signingKey' | 'requestIdKey', secretId: string): void {
  const { [name]: key } = fields
  if (typeof key === 'string' && key !== '') return
  throw new UsageError(
    `${secretId} holds no JSON object with a ${name}: it is another secret, or was overwritten. Restore what was there: ` +
      commandLine('aws secretsmanager list-secret-version-ids', { options: { 'secret-id': secretId } }),
  )
}
