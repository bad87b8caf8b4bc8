import { randomBytes } from 'node:crypto'
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { expect, type TestContext } from 'vitest'
import { on } from '#webhooks'
import { type Local, startLocal } from '#webhooks/testing'
import type { FakeSmokeball, FakeSmokeballOptions } from '../../../infra/fake-smokeball/fake-smokeball.ts'
import { startFakeSmokeball } from '../../../infra/fake-smokeball/start-fake-smokeball.ts'
import { startEngines } from '../../../infra/local/engines/engines.ts'
import { region, tableName } from '../../../infra/operate/local-account.ts'
import type { DeployedOutputs } from '../../../infra/operate/stack-outputs.ts'
import type { SmokeballEvent } from '../../../shared/handling/event.ts'
import { accountAccess } from '../../../shared/smokeball-api/smokeball-access.ts'
import { type Ended, type RunOptions, runWebhooks } from './run-webhooks.ts'
import { startServer } from './start-server.ts'

export const callbackUrl = 'https://x.example/smokeball'
export const firm = 'firm-1'
const usualTypes = 'contact.* matter.updated'
const nowhere = 'http://127.0.0.1:9'

export interface World {
  fake: FakeSmokeball
  outputs: DeployedOutputs
  /** Lines of stdin with all three secrets. */
  lines: string
  /** What leads to the engines, and opens them. */
  env: Record<string, string>
  /** The same, for clients of a test. */
  credentials: Local['sqs']['credentials']
  /** What leads to the fake API. */
  place: string[]
  apiSecret(): Promise<Record<string, string>>
  webhookSecret(): Promise<Record<string, string>>
  setSecret(name: 'api' | 'webhook', fields: object): Promise<void>
  accounts: ReturnType<typeof accountAccess>['accounts']
  /** All that is in the table. */
  tableText(): Promise<string>
  /** Runs a command against the stack, and makes sure that it tells no secret. */
  run(args: readonly string[], options?: RunOptions): Promise<Ended>
}

/** A world in which events are received and handled. */
export interface WholeWorld extends World {
  local: Local
}

interface Options extends FakeSmokeballOptions {
  /** What the handlers ask for. */
  types?: string
}

interface DeployedOptions extends Options {
  /** @default callbackUrl */
  url?: string
  /** Outputs that a stack of one's own choices has. @default none */
  outputs?: Pick<DeployedOutputs, 'OwnUrls' | 'DomainTargets'>
}

interface WholeOptions extends Options {
  /** What each handler does. @default nothing */
  handle?(event: SmokeballEvent, handler: string): void
  /** The names of the handlers. @default see */
  handlers?: readonly string[]
}

type Stops = Pick<TestContext, 'onTestFinished'>

const secretsBefore = { webhook: '{"signingKey":"the-signing-key"}', api: '{"requestIdKey":"the-id-key"}' }

/** A deployed stack, as far as commands see it, on the embedded engines, and a Smokeball beside it. Nobody is at its URL. */
export async function deployedWorld(context: Stops, options: DeployedOptions = {}): Promise<World> {
  const { types = usualTypes, url = callbackUrl, outputs: chosen, ...fakeOptions } = options
  const engines = await startEngines({ consumerTimeoutMs: 1_000 })
  context.onTestFinished(engines.stop)
  for (const [name, text] of Object.entries(secretsBefore)) engines.secrets.set(name, text)
  const outputs: DeployedOutputs = {
    ...{ CallbackUrl: url, EventTypes: types, TableName: tableName },
    ...{ WebhookSecretId: 'webhook', ApiSecretId: 'api' },
    ...{ EventQueueUrl: engines.queueUrl, DeadLetterQueueUrl: engines.deadLetterQueueUrl },
    DelayQueueUrl: engines.delayQueueUrl,
    ...{ ReceiverName: 'receiver', ConsumerName: 'consumer', KeeperName: 'keeper' },
    ...chosen,
  }
  const { dynamodbConfig: dynamodb, sqsConfig } = engines
  const secretsManager = { ...sqsConfig, endpoint: engines.secretsUrl }
  return besideSmokeball(context, { outputs, dynamodb, secretsManager, sqs: sqsConfig }, fakeOptions)
}

/** The same with all of the pipeline behind it. */
export async function wholeWorld(context: Stops, options: WholeOptions = {}): Promise<WholeWorld> {
  const { types = usualTypes, handle = () => {}, handlers: names = ['see'], ...fakeOptions } = options
  const handlers = names.map((name) =>
    on(types.split(' '), { name, own: 'handle' }, (event) => handle(event, name)),
  )
  const local = await startLocal({ handlers, secret: secretsBefore.webhook, requestIdKey: 'the-id-key' })
  context.onTestFinished(local.stop)
  return { local, ...(await besideSmokeball(context, local, fakeOptions)) }
}

async function besideSmokeball(
  { onTestFinished }: Stops,
  stack: Pick<Local, 'outputs' | 'dynamodb' | 'secretsManager' | 'sqs'> &
    Partial<Pick<Local, 'lambda' | 'cloudwatch'>>,
  options: FakeSmokeballOptions,
): Promise<World> {
  const { outputs } = stack
  const fake = await startFakeSmokeball({ rateLimit: 'off', accounts: [firm], ...options })
  const stacks = await startServer((_, body) => describeStacks(body, outputs))
  const dynamodb = new DynamoDBClient(stack.dynamodb)
  const secrets = new SecretsManagerClient(stack.secretsManager)
  onTestFinished(async () => {
    for (const client of [dynamodb, secrets]) client.destroy()
    await Promise.all([stacks.stop(), fake.stop()])
  })
  const { credentials } = stack.sqs
  const env = {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: region,
    AWS_ENDPOINT_URL_CLOUDFORMATION: stacks.url,
    AWS_ENDPOINT_URL_DYNAMODB: stack.dynamodb.endpoint,
    AWS_ENDPOINT_URL_SQS: stack.sqs.endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: stack.secretsManager.endpoint,
    AWS_ENDPOINT_URL_LAMBDA: stack.lambda?.endpoint ?? nowhere,
    AWS_ENDPOINT_URL_CLOUDWATCH: stack.cloudwatch?.endpoint ?? nowhere,
  }
  const idOf = (name: 'api' | 'webhook') => (name === 'api' ? outputs.ApiSecretId : outputs.WebhookSecretId)
  const fieldsOf = async (name: 'api' | 'webhook') => {
    const { SecretString = '{}' } = await secrets.send(new GetSecretValueCommand({ SecretId: idOf(name) }))
    return JSON.parse(SecretString) as Record<string, string>
  }
  const tableText = async () =>
    JSON.stringify((await dynamodb.send(new ScanCommand({ TableName: tableName }))).Items)
  const { clientId, clientSecret, apiKey } = fake.credentials
  return {
    ...{ fake, outputs, tableText, env, credentials },
    lines: `client-id=${clientId}\nclient-secret=${clientSecret}\napi-key=${apiKey}\n`,
    place: ['--region', 'us', '--environment', 'staging', '--api-url', fake.url, '--auth-url', fake.url],
    apiSecret: () => fieldsOf('api'),
    webhookSecret: () => fieldsOf('webhook'),
    async setSecret(name, fields) {
      const SecretString = JSON.stringify(fields)
      await secrets.send(new PutSecretValueCommand({ SecretId: idOf(name), SecretString }))
    },
    accounts: accountAccess({
      ...{
        fetch,
        clock: { now: Date.now, after: () => () => {} },
        random: Math.random,
        secureBytes: randomBytes,
      },
      ...{ dynamodb, tableName, secret: { read: async () => undefined } },
    }).accounts,
    async run(args, options = {}) {
      const ended = await runWebhooks(named(args), { ...options, env: { ...env, ...options.env } })
      const told = ended.stdout + ended.stderr
      const tokens = fake.credentials.accounts.map(({ refreshToken }) => refreshToken)
      const { tokenKey = '-no key-' } = await fieldsOf('api')
      const { signingKey = '-no key-' } = await fieldsOf('webhook')
      const kept = [tokenKey, signingKey, 'the-signing-key', 'the-id-key']
      for (const secret of [clientSecret, apiKey, ...tokens, ...kept]) expect(told).not.toContain(secret)
      return ended
    },
  }
}

/** A world whose credentials are put in, and whose accounts are added. */
export async function connectedWorld(context: Stops, options: DeployedOptions = {}): Promise<World> {
  const world = await deployedWorld(context, options)
  await connectAll(world)
  return world
}

/** Puts the credentials in, and adds the accounts. */
export async function connectAll({ fake, accounts: registry, ...world }: World): Promise<void> {
  const { clientId, clientSecret, apiKey, accounts } = fake.credentials
  await world.setSecret('webhook', { ...(await world.webhookSecret()), clientId })
  await world.setSecret('api', {
    ...{ ...(await world.apiSecret()), clientId, clientSecret, apiKey },
    ...{ region: 'us', environment: 'staging', apiUrl: fake.url, authUrl: fake.url },
    ...{ actsFor: accounts.length > 1 ? 'many' : 'one', tokenKey: randomBytes(32).toString('hex') },
  })
  for (const { accountId } of accounts) await registry.add(accountId, new AbortController().signal)
}

/** What names no deployment is meant for this one. */
function named(args: readonly string[]): readonly string[] {
  if (args.some((arg) => /^--(stage|stack|local)\b/.test(arg))) return args
  const end = args.includes('--') ? args.indexOf('--') : args.length
  return args.toSpliced(end, 0, '--stage', 'prod')
}

function describeStacks(body: string, outputs: Record<string, string>) {
  if (!/StackName=SmokeballWebhooks(-dev)?(&|$)/.test(body))
    return {
      status: 400,
      body: '<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id x does not exist</Message></Error></ErrorResponse>',
    }
  const members = Object.entries(outputs).map(
    ([name, value]) => `<member><OutputKey>${name}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  )
  return {
    status: 200,
    body: `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>SmokeballWebhooks</StackName><CreationTime>2026-11-23T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  }
}
