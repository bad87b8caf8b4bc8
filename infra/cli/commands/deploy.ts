import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { commandLine, program } from '../../../shared/runtime/command-line.ts'
import type { Account } from '../../../shared/smokeball-api/account.ts'
import { accounts as accountsOf } from '../../../shared/smokeball-api/accounts.ts'
import {
  accountsArgs,
  accountsSetting,
  type UnconnectedAccount,
  unconnectedAccounts,
} from '../../operate/accounts-setting.ts'
import { callLimit } from '../../operate/deployment.ts'
import { checkHandling } from '../../operate/diagnosis/check-deployment.ts'
import { checkKeyBefore } from '../../operate/diagnosis/check-key.ts'
import { checkAlarms, checkConcurrency } from '../../operate/diagnosis/check-stack.ts'
import type { CheckDeps, Finding } from '../../operate/diagnosis/finding.ts'
import { checkFormerSettings } from '../../operate/former-settings.ts'
import { checkReservable } from '../../operate/reserved-concurrency.ts'
import { accountOf, outputsBefore, type StackOutputs } from '../../operate/stack-outputs.ts'
import { readSettings } from '../../settings/read-settings.ts'
import { hasAlarmTopic } from '../../settings/stages.ts'
import { print, printStyled, terminal } from '../../terminal/terminal.ts'
import { NotUnderstood } from '../../terminal/usage-error.ts'
import { askText, isInteractive } from '../terminal/ask.ts'
import { nextFor } from './command.ts'
import { type CdkOptions, cdkCommand, runCdk } from './deploy/cdk.ts'
import { adviceIn, deployReport } from './deploy/report.ts'
import { useAws } from './use-aws.ts'

/** Deploys the stack of a stage, and tells what is to be done next. */
export const deploy = cdkCommand(
  'deploy',
  'Deploys into your AWS account, and prints the callback URL and the next step.',
  ['deploy', 'deploy --stage dev --profile firm'],
  async ({ stage, stackName, profile, args }) => {
    await useAws({ profile, needsRegion: true })
    const before = await outputsBefore(stackName, args)
    const { stack: settings } = await readSettings(stage)
    const lambda = new LambdaClient({})
    const reserved = { wanted: settings?.receiver?.reservedConcurrency, receiverName: before?.ReceiverName }
    await checkReservable({ lambda, ...reserved }, callLimit().signal)
    const keyArn = settings?.encryptionKey
    const hasAlarms = hasAlarmTopic(stage, settings?.alarmEmails)
    if (keyArn !== undefined)
      await checkKeyBefore(
        { keyArn, account: accountOf(before?.WebhookSecretId), hasAlarms },
        callLimit().signal,
      )
    const unknown = await checkFormerSettings({ before, settings, accounts: accountsIn })
    if (unknown) printStyled(adviceIn([unknown]).join('\n'), 'stderr')
    const accounts = await accountsSetting({
      chosen: settings?.connectedAccountsOnly,
      before,
      unconnected: unconnectedIn,
    })
    const folder = await mkdtemp(join(tmpdir(), 'smokeball-deploy-'))
    try {
      const file = join(folder, 'outputs.json')
      await runCdk([...args, ...accountsArgs(accounts), '--outputs-file', file])
      const outputs = JSON.parse(await readFile(file, 'utf8')) as Record<string, StackOutputs>
      const after = outputs[stackName] ?? {}
      const hasClientId = await wasPutIn(after.WebhookSecretId)
      const findings = await findingsAfter(lambda, after, (words) => nextFor({ stage, profile }, words))
      printStyled(deployReport({ stage, profile, before, after, hasClientId, accounts, findings }))
    } finally {
      lambda.destroy()
      await rm(folder, { recursive: true, force: true })
    }
  },
)

/** Shows what a deployment would change. */
export const diff = cdkCommand(
  'diff',
  'Shows what a deployment would change.',
  ['diff', 'diff --stage dev'],
  async ({ profile, stackName, args }) => {
    await useAws({ profile, needsRegion: false })
    await outputsBefore(stackName, args)
    await runCdk(args)
  },
)

/** Writes the template. */
export const synth = cdkCommand(
  'synth',
  'Writes the CloudFormation template to cdk.out/, without an account or network.',
  ['synth', 'synth --stage dev --quiet'],
  async ({ profile, stackName, args }) => {
    await useAws({ profile, needsRegion: false })
    await runCdk(args)
    print(`cdk.out/${stackName}.template.json`)
  },
)

/** Removes a stack, once somebody has said which. */
export const destroy = cdkCommand(
  'destroy',
  'Removes the stack. Of the stage prod, the event table, the queues and the logs stay; of any stage, the secrets stay. ' +
    "It asks for the stage's name; without a terminal, --stage and --yes say it.",
  ['destroy --stage dev', 'destroy --stage dev --yes'],
  async (options) => {
    await confirmDestroy(options)
    const { profile, stackName, args } = options
    await useAws({ profile, needsRegion: true })
    await outputsBefore(stackName, args)
    // It was asked for here.
    await runCdk([...args, '--force'])
    print('What stays, and how to remove it: docs/deploy.md, "Tear down".')
  },
).option('--yes', 'does not ask')

/** Throws `NotUnderstood` where the stage is not said twice: by its name, and by `--yes` or by typing the name. */
async function confirmDestroy({ stage, isNamed, yes, stackName }: CdkOptions): Promise<void> {
  if (yes && isNamed) return
  if (!isInteractive())
    throw new NotUnderstood(
      `Say which stage is to be removed, and that it is meant: ${commandLine(program, { command: 'destroy', options: { stage, yes: true } })}`,
    )
  await askText(`This removes the stack ${stackName}. Type the name of its stage to go on`, (value) =>
    value === stage ? undefined : `The stage is ${stage}. Ctrl-C leaves it as it is.`,
  )
}

/** What the deployment leaves as it was, and what keeps its owner from hearing of trouble. Does not throw. */
async function findingsAfter(
  lambda: LambdaClient,
  outputs: StackOutputs,
  next: CheckDeps['next'],
): Promise<Finding[]> {
  const { ConsumerName, AlarmTopicArn } = outputs
  // There is no stack where the CDK was told to deploy nothing, such as by --no-execute.
  if (ConsumerName === undefined) return []
  const limit = callLimit()
  const handling = checkHandling({ deployment: { lambda, outputs: { ConsumerName } }, limit, next })
  const findings = await Promise.all([
    handling.catch(() => undefined),
    checkConcurrency({ lambda, outputs }, limit.signal),
    checkAlarms(AlarmTopicArn, limit.signal),
  ])
  return findings.filter((finding) => finding !== undefined)
}

async function unconnectedIn(tableName: string): Promise<UnconnectedAccount[]> {
  const dynamodb = new DynamoDBClient({})
  try {
    const { now } = terminal().clock
    return await unconnectedAccounts({ dynamodb, tableName, now }, new AbortController().signal)
  } finally {
    dynamodb.destroy()
  }
}

async function accountsIn(tableName: string): Promise<Account[]> {
  const client = new DynamoDBClient({})
  try {
    const { now } = terminal().clock
    return await accountsOf({ client, tableName, now, randomId: randomUUID }).list(callLimit().signal)
  } finally {
    client.destroy()
  }
}

/** Whether something was put into the secret after it was made, as far as can be told without reading it. */
async function wasPutIn(secretArn: string | undefined): Promise<boolean | undefined> {
  if (secretArn === undefined) return undefined
  // An ARN names the region where the secret is.
  const region = secretArn.startsWith('arn:') ? secretArn.split(':')[3] : undefined
  const client = new SecretsManagerClient(region ? { region } : {})
  try {
    const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId: secretArn }))
    // A version that was prepared, and could not make the current one, does not count.
    return Object.values(VersionIdsToStages).flat().includes('AWSPREVIOUS')
  } catch {
    return undefined
  } finally {
    client.destroy()
  }
}
