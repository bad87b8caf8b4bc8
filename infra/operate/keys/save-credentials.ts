import { randomBytes } from 'node:crypto'
import { credentialProblems } from '../../../shared/smokeball-api/api-credentials.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import type { Deployment } from '../deployment.ts'
import { type SecretFields, updateSecret } from './update-secret.ts'
import { checkKey } from './webhook-secret.ts'

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
  // What refresh tokens are sealed with: another one would make those that are there useless.
  await put(outputs.ApiSecretId, 'requestIdKey', (current) => ({
    ...fields,
    ...(current.tokenKey === undefined && { tokenKey }),
  }))
  const { clientId } = fields
  if (clientId !== undefined) await put(outputs.WebhookSecretId, 'signingKey', () => ({ clientId }))
  return isChanged
}
