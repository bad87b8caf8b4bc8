import type { EventSourceMappingConfiguration, LambdaClient } from '@aws-sdk/client-lambda'
import { readSecret } from '../../../shared/runtime/kept-secret.ts'
import { parseWebhookSecret } from '../../../shared/signing/webhook-secret.ts'
import { apiCredentials, MissingApiCredentials } from '../../../shared/smokeball-api/api-credentials.ts'
import { awsProblem } from '../explained.ts'
import { isPaused, mappingsOf } from '../handling.ts'
import { type CheckDeps, type Finding, refusal, right, wrong } from './finding.ts'

/** Whether both secrets are there, complete, and of the same client. Tells no value but the client id. */
export async function checkSecrets({ deployment, limit, next }: CheckDeps): Promise<Finding[]> {
  const { outputs, secrets } = deployment
  const webhook = await look('secret of deliveries', async () => {
    const text = await readSecret(secrets, outputs.WebhookSecretId, limit.signal)
    const { clientId, signingKeys } = parseWebhookSecret(text, outputs.WebhookSecretId)
    return { said: `client ${clientId}, ${signingKeys.length} signing key(s)`, clientId }
  })
  const api = await look('credentials', async () => {
    const text = await readSecret(secrets, outputs.ApiSecretId, limit.signal)
    const { clientId, regionName, actsFor } = apiCredentials(text)
    return { said: `client ${clientId}, ${regionName}, for ${actsFor} account(s)`, clientId }
  })
  // `connect` asks for what is missing, and for nothing else.
  const fix = next('connect')
  const findings = [webhook.finding, api.isMissing ? { ...api.finding, fix } : api.finding]
  const areBoth = webhook.clientId !== undefined && api.clientId !== undefined
  if (!areBoth || webhook.clientId === api.clientId) return findings
  const said = `deliveries are checked with client ${webhook.clientId}, and the API is called as ${api.clientId}: none would fit`
  return [...findings, wrong('client id', said, next('secret set client-id'))]

  async function look(
    check: string,
    read: () => Promise<{ said: string; clientId: string }>,
  ): Promise<{ finding: Finding; clientId?: string; isMissing?: boolean }> {
    try {
      const { said, clientId } = await read()
      return { finding: right(check, said), clientId }
    } catch (error) {
      const isMissing = error instanceof MissingApiCredentials
      return { finding: refusal(check, error, next), isMissing }
    }
  }
}

interface HandlingCheck extends Pick<CheckDeps, 'limit' | 'next'> {
  deployment: {
    lambda: Pick<LambdaClient, 'send'>
    outputs: Pick<CheckDeps['deployment']['outputs'], 'ConsumerName'>
  }
}

/** Whether events are taken from the queue. Throws `UsageError` when AWS does not tell. */
export async function checkHandling({ deployment, limit, next }: HandlingCheck): Promise<Finding> {
  const { lambda, outputs } = deployment
  const { ConsumerName: consumerName } = outputs
  const mappings = await mappingsOf({ lambda, consumerName }, limit.signal).catch((cause: unknown) => {
    throw awsProblem(`ask whether ${consumerName} handles events`, cause)
  })
  return findingOf(mappings, next)
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html */
function findingOf(mappings: readonly EventSourceMappingConfiguration[], next: CheckDeps['next']): Finding {
  const check = 'handling'
  if (mappings.length === 0) return wrong(check, 'nothing takes events from the queue', 'Deploy it again.')
  if (isPaused(mappings))
    return wrong(
      check,
      'handling is paused: deliveries are accepted, and wait in the queue',
      `Resume it: ${next('resume')}`,
    )
  return right(check, 'events are taken from the queue as they come')
}
