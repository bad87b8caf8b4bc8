/** `npm run client-id`: puts the client id into the secret that the receiver checks deliveries with. */
import { production, stackName } from '../stages.ts'
import { UsageError } from '../usage-error.ts'
import { parseFlags } from './parse-flags.ts'
import { putClientId } from './put-client-id.ts'
import { runCommand } from './run-command.ts'
import { secretsClient } from './secrets-client.ts'
import { deployedOutputs } from './stack-outputs.ts'
import { useAws } from './use-aws.ts'

const usage = `npm run client-id -- CLIENT_ID [options]

Puts the client id of your Smokeball app into the secret that deliveries are checked with. The keys in it stay.

  --stage STAGE      ${production} unless named
  --secret-id ID     the secret itself, instead of a stage's
  --profile NAME     AWS profile
  --help             this text`

const flags = {
  stage: { type: 'string', looksLike: /^[a-z][a-z0-9-]*$/ },
  'secret-id': { type: 'string' },
  profile: { type: 'string' },
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
  const { 'secret-id': given, stage = production, profile } = values as Record<string, string>
  const stack = stackName(stage)
  await useAws({ profile, needsRegion: !given?.startsWith('arn:') })
  const secretId = given ?? (await deployedOutputs(stack)).WebhookSecretId
  const was = await putInto(secretId, clientId)
  console.log(
    was === clientId
      ? 'The secret has this client id already.'
      : `Put in${was ? `, instead of ${was}` : ''}. The receiver takes it up within ten seconds of the next delivery.`,
  )
})

/** Returns the client id that was there before. */
async function putInto(secretId: string, clientId: string): Promise<string | undefined> {
  const client = secretsClient(secretId)
  try {
    return await putClientId(client, secretId, clientId)
  } finally {
    client.destroy()
  }
}
