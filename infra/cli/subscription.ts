/** `npm run --silent subscription | curl … --data @-`: the body that subscribes to the callback URL, key included. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { knownEventTypes } from '../../shared/payloads.generated.ts'
import { production, stackName } from '../stages.ts'
import { UsageError } from '../usage-error.ts'
import { parseFlags } from './parse-flags.ts'
import { runCommand } from './run-command.ts'
import { stackOutput } from './stack-outputs.ts'
import { subscribedTypes } from './subscribed-types.ts'

const usage = `npm run --silent subscription -- [options] | curl … --data @-

Writes the body of a Smokeball subscription: the callback URL, the types that the deployed handlers want, the signing key.
It holds a secret: write it into a pipe, and nowhere else.

  --stage STAGE      ${production} unless named
  --name NAME        the subscription's name (the stack's)
  --help             this text`

const flags = {
  stage: { type: 'string', looksLike: /^[a-z][a-z0-9-]*$/ },
  name: { type: 'string' },
  help: { type: 'boolean' },
} as const

await runCommand(async () => {
  const { values, positionals } = parseFlags('npm run subscription', flags, process.argv.slice(2))
  if (values.help) {
    console.log(usage)
    return
  }
  if (positionals.length > 0) throw new UsageError(`Unknown argument ${positionals[0]}.\n\n${usage}`)
  if (process.stdout.isTTY) throw new UsageError(`The body holds the signing key: pipe it on.\n\n${usage}`)
  const stack = stackName(String(values.stage ?? production))
  const secretId = await stackOutput(stack, 'WebhookSecretId')
  const body = {
    key: await signingKey(secretId),
    name: values.name ?? stack,
    eventTypes: subscribedTypes((await stackOutput(stack, 'EventTypes')).split(' '), knownEventTypes),
    eventNotificationUrl: await stackOutput(stack, 'CallbackUrl'),
  }
  console.log(JSON.stringify(body))
})

async function signingKey(secretId: string): Promise<string> {
  const client = new SecretsManagerClient({ region: secretId.split(':')[3] ?? '' })
  try {
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: secretId }))
    return (JSON.parse(SecretString) as { signingKey: string }).signingKey
  } finally {
    client.destroy()
  }
}
