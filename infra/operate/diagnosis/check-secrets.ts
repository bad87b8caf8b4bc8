import { readSecret } from '../../../shared/runtime/kept-secret.ts'
import { parseWebhookSecret } from '../../../shared/signing/webhook-secret.ts'
import { apiCredentials, MissingApiCredentials } from '../../../shared/smokeball-api/api-credentials.ts'
import type { Diagnosis, Finding } from './diagnose.ts'
import { refusal } from './refusal.ts'

/** Whether both secrets are there and complete, and of one client. Tells of no value but the client id. */
export async function checkSecrets({ deployment, limit, next }: Diagnosis): Promise<Finding[]> {
  const { outputs, secrets } = deployment
  const webhook = await look('secret of deliveries', async () => {
    const text = await readSecret(secrets, outputs.WebhookSecretId, limit.signal)
    const { clientId, signingKeys } = parseWebhookSecret(text, outputs.WebhookSecretId)
    return { said: `client ${clientId}, ${signingKeys.length} signing key(s)`, clientId }
  })
  const api = await look('credentials', async () => {
    const text = await readSecret(secrets, outputs.ApiSecretId, limit.signal)
    const { clientId, place, actsFor } = apiCredentials(text)
    return { said: `client ${clientId}, ${place}, for ${actsFor} account(s)`, clientId }
  })
  // It asks for what is missing, and for nothing else.
  const fix = next('connect')
  const findings = [webhook.finding, api.isMissing ? { ...api.finding, fix } : api.finding]
  const areBoth = webhook.clientId !== undefined && api.clientId !== undefined
  if (!areBoth || webhook.clientId === api.clientId) return findings
  const said = `deliveries are checked with client ${webhook.clientId}, and the API is called as ${api.clientId}: none would fit`
  return [...findings, { check: 'client id', isRight: false, said, fix: next('secret set client-id') }]

  async function look(
    check: string,
    read: () => Promise<{ said: string; clientId: string }>,
  ): Promise<{ finding: Finding; clientId?: string; isMissing?: boolean }> {
    try {
      const { said, clientId } = await read()
      return { finding: { check, isRight: true, said }, clientId }
    } catch (error) {
      const isMissing = error instanceof MissingApiCredentials
      return { finding: refusal(check, error, next), isMissing }
    }
  }
}
