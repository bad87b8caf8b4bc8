import { shellWord } from '../../../../shared/runtime/command-line.ts'
import { accounts } from '../../../../shared/smokeball-api/accounts.ts'
import type { Deployment } from '../../../operate/deployment.ts'
import { checkKey, readWebhookSecret } from '../../../operate/keys/credentials.ts'
import { readSecretFields } from '../../../operate/keys/update-secret.ts'
import { readRunning } from '../../../operate/running-file.ts'
import type { Target } from '../../../operate/send/deliver.ts'
import { isFile } from '../../../smokeball/sample.ts'
import { terminal } from '../../../terminal/terminal.ts'
import { NotUnderstood, UsageError } from '../../../terminal/usage-error.ts'
import { nextFor } from '../command.ts'
import { openDeployment } from '../on-deployment.ts'
import type { SendOptions } from './options.ts'

/** Where to send, and the key that marks RequestIds as that place's own, where it is known. */
interface SendTarget extends Target {
  requestIdKey: string | undefined
}

type TargetOptions = Pick<
  SendOptions,
  'what' | 'account' | 'url' | 'clientId' | 'key' | 'own' | 'stage' | 'stack' | 'profile'
>

/**
 * Where to send: a deployed stack that is named; else what the flags say, and for the rest the running `npm start`, whose
 * keys are never used for another URL. Throws `UsageError` when something stays unknown.
 */
export async function sendTarget(options: TargetOptions): Promise<SendTarget> {
  const { stage, stack } = options
  const isDeployed = (stage ?? stack) !== undefined
  const target = isDeployed ? await deployedTarget(options) : await givenTarget(options)
  if (options.own && target.requestIdKey === undefined)
    throw new NotUnderstood(
      '--own goes to the running npm start, or to a stack (--stage STAGE): elsewhere its key is not known.',
    )
  return target
}

async function deployedTarget(options: TargetOptions): Promise<SendTarget> {
  const { stage, stack, profile, own } = options
  const deployment = await openDeployment(options)
  const { secrets, outputs } = deployment
  try {
    await refuseNobodysSamples(deployment, options)
    const toConnect = nextFor({ stage, stack, profile }, 'connect')
    const credentials = await readWebhookSecret(secrets, outputs.WebhookSecretId, toConnect)
    return {
      url: outputs.CallbackUrl,
      ...credentials,
      requestIdKey: own ? await ownKey(deployment) : undefined,
    }
  } finally {
    deployment.destroy()
  }
}

/** Refuses samples of an account that is not connected: the stack would make dead letters of them. */
async function refuseNobodysSamples(
  { name, outputs, dynamodb }: Deployment,
  { account, what }: TargetOptions,
): Promise<void> {
  if (outputs.ConnectedAccountsOnly !== 'true' || account !== undefined || what.every(isFile)) return
  const { now } = terminal().clock
  const randomId = () => ''
  const connected = await accounts({ client: dynamodb, tableName: outputs.TableName, now, randomId }).list(
    AbortSignal.timeout(20_000),
  )
  const ids = connected.map(({ accountId }) => shellWord(accountId))
  throw new UsageError(
    `${name} takes events of connected accounts alone: say whose it is, by --account ` +
      (ids.length > 0 ? ids.join(' or ') : 'and the id of one that you have connected.'),
  )
}

async function ownKey({ secrets, outputs }: Deployment): Promise<string> {
  const { fields } = await readSecretFields(secrets, outputs.ApiSecretId)
  checkKey(fields, 'requestIdKey', outputs.ApiSecretId)
  return String(fields.requestIdKey)
}

async function givenTarget({ url, clientId, key }: TargetOptions): Promise<SendTarget> {
  const running = await readRunning()
  const fallback = running && (url === undefined || url === running.url) ? running : undefined
  const target = {
    url: checkedUrl(url ?? fallback?.url),
    clientId: clientId ?? fallback?.clientId,
    signingKey: key ?? fallback?.signingKey,
    requestIdKey: fallback?.requestIdKey,
  }
  if (target.url === undefined) {
    throw new UsageError(
      'No local run was found. Start one with: npm start. Or say where to: --stage STAGE, or --url, --client-id and --key.',
    )
  }
  if (target.clientId === undefined || target.signingKey === undefined) {
    throw new NotUnderstood(
      `Give --client-id and --key with --url ${target.url}: they are those of its subscription.`,
    )
  }
  return target as SendTarget
}

function checkedUrl(url: string | undefined): string | undefined {
  if (url === undefined || (URL.canParse(url) && /^https?:/.test(url))) return url
  throw new NotUnderstood(`--url ${url} is no URL: it looks like http://127.0.0.1:3000/smokeball.`)
}
