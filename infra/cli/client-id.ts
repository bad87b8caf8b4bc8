/** `npm run client-id`: puts the client id into the secret that the receiver checks deliveries with. */
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { production, stackName } from '../stages.ts'
import { UsageError } from '../usage-error.ts'
import { parseFlags } from './parse-flags.ts'
import { runCommand } from './run-command.ts'
import { stackOutput } from './stack-outputs.ts'

const usage = `npm run client-id -- CLIENT_ID [options]

Puts the client id of your Smokeball app into the secret that deliveries are checked with. The keys in it stay.

  --stage STAGE      ${production} unless named
  --secret-id ID     the secret itself, instead of a stage's
  --help             this text`

const flags = {
  stage: { type: 'string', looksLike: /^[a-z][a-z0-9-]*$/ },
  'secret-id': { type: 'string' },
  help: { type: 'boolean' },
} as const

await runCommand(async () => {
  const { values, positionals } = parseFlags('npm run client-id', flags, process.argv.slice(2))
  if (values.help) {
    console.log(usage)
    return
  }
  const [clientId, ...more] = positionals
  if (!clientId || more.length > 0) throw new UsageError(`Give one client id.\n\n${usage}`)
  const { 'secret-id': given, stage = production } = values as Record<string, string>
  const secretId = given ?? (await stackOutput(stackName(stage), 'WebhookSecretId'))
  const was = await putClientId(secretId, clientId)
  console.log(
    was === clientId
      ? 'The secret has this client id already.'
      : `Put in${was ? `, instead of ${was}` : ''}. The receiver takes it up within ten seconds of the next delivery.`,
  )
})

/** Returns the client id that was there before. */
async function putClientId(secretId: string, clientId: string): Promise<string | undefined> {
  const region = secretId.startsWith('arn:') ? secretId.split(':')[3] : undefined
  const client = new SecretsManagerClient({ ...(region && { region }) })
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }))
    const secret = readSecret(SecretString, secretId)
    const was = typeof secret.clientId === 'string' ? secret.clientId : undefined
    if (was === clientId) return was
    const text = JSON.stringify({ ...secret, clientId })
    await client.send(new PutSecretValueCommand({ SecretId: secretId, SecretString: text }))
    return was
  } finally {
    client.destroy()
  }
}

function readSecret(text: string | undefined, secretId: string): Record<string, unknown> {
  try {
    const secret: unknown = JSON.parse(text ?? '')
    if (typeof secret === 'object' && secret !== null && 'signingKey' in secret) return { ...secret }
  } catch {
    // Its SyntaxError would quote the secret.
  }
  throw new UsageError(
    `${secretId} holds no JSON object with a signingKey: it is another secret, or was overwritten. Restore what was there: ` +
      `aws secretsmanager list-secret-version-ids --secret-id ${secretId}`,
  )
}
