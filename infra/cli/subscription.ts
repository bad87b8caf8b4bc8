/** `npm run --silent subscription | curl … --data @-`: the body that subscribes to the callback URL, key included. */
import { knownEventTypes } from '../../shared/payloads.generated.ts'
import { production, stackName } from '../stages.ts'
import { UsageError } from '../usage-error.ts'
import { parseFlags } from './parse-flags.ts'
import { runCommand } from './run-command.ts'
import { secretsClient } from './secrets-client.ts'
import { deployedOutputs } from './stack-outputs.ts'
import { subscribedTypes } from './subscribed-types.ts'
import { useAws } from './use-aws.ts'
import { readWebhookSecret } from './webhook-secret.ts'

const usage = `npm run --silent subscription -- [options] | curl … --data @-

Writes the body of a Smokeball subscription: the callback URL, the types that the deployed handlers want, the signing key.
It holds a secret: write it into a pipe, and nowhere else.

  --stage STAGE      ${production} unless named
  --name NAME        the subscription's name (the stack's)
  --profile NAME     AWS profile
  --help             this text`

const flags = {
  stage: { type: 'string', looksLike: /^[a-z][a-z0-9-]*$/ },
  name: { type: 'string' },
  profile: { type: 'string' },
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
  const { stage = production, profile, name } = values as Record<string, string>
  const stack = stackName(stage)
  await useAws({ profile, needsRegion: true })
  const { WebhookSecretId, CallbackUrl, EventTypes } = await deployedOutputs(stack)
  const body = {
    key: await signingKey(WebhookSecretId),
    name: name ?? stack,
    eventTypes: eventTypes(stack, EventTypes.split(' ')),
    eventNotificationUrl: CallbackUrl,
  }
  console.log(JSON.stringify(body))
})

async function signingKey(secretId: string): Promise<string> {
  const client = secretsClient(secretId)
  try {
    return (await readWebhookSecret(client, secretId)).values.signingKey
  } finally {
    client.destroy()
  }
}

function eventTypes(stack: string, patterns: readonly string[]): string[] {
  const types = subscribedTypes(patterns, knownEventTypes, (pattern) =>
    console.error(
      `'${pattern}' stands for no type on Smokeball's list, and is left out: a handler asks for it in vain.`,
    ),
  )
  if (types.length > 0) return types
  throw new UsageError(
    `The handlers of ${stack} ask for no event type, so there is nothing to subscribe to: add a handler to ` +
      'functions/handlers/index.ts, npm run deploy, and run this again.',
  )
}
