/** `npm run deploy`: deploys the stack of a stage, and tells what is to be done next. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DescribeSecretCommand } from '@aws-sdk/client-secrets-manager'
import {
  accountsArgs,
  accountsSetting,
  type UnconnectedAccount,
  unconnectedAccounts,
} from '../../../operate/accounts-setting.ts'
import { outputsBefore, type StackOutputs } from '../../../operate/stack-outputs.ts'
import { readSettings } from '../../../settings/read-settings.ts'
import { print, printStyled, runCommand, terminal } from '../../../terminal/terminal.ts'
import { cdkOptions, cdkUsage } from './cdk-options.ts'
import { deployReport } from './deploy-report.ts'
import { runCdk } from './run-cdk.ts'
import { secretsClient } from './secrets-client.ts'
import { useAws } from './use-aws.ts'

export const main = (): Promise<void> =>
  runCommand(async () => {
    const options = cdkOptions('deploy', terminal().args)
    if (!options) {
      print(
        cdkUsage('deploy', 'Deploys into your AWS account, and prints the callback URL and the next step.'),
      )
      return
    }
    const { stage, stackName, profile, args } = options
    await useAws({ profile, needsRegion: true })
    const before = await outputsBefore(stackName, args)
    const accounts = await accountsSetting({
      ...{ chosen: (await readSettings(stage)).stack?.connectedAccountsOnly, before },
      unconnected: unconnectedIn,
    })
    const folder = await mkdtemp(join(tmpdir(), 'smokeball-deploy-'))
    try {
      const file = join(folder, 'outputs.json')
      await runCdk([...args, ...accountsArgs(accounts), '--outputs-file', file])
      const outputs = JSON.parse(await readFile(file, 'utf8')) as Record<string, StackOutputs>
      const after = outputs[stackName] ?? {}
      const hasClientId = await wasPutIn(after.WebhookSecretId)
      printStyled(deployReport({ stage, profile, before, after, hasClientId, accounts }))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

async function unconnectedIn(tableName: string): Promise<UnconnectedAccount[]> {
  const dynamodb = new DynamoDBClient({})
  try {
    const { now } = terminal().clock
    return await unconnectedAccounts({ dynamodb, tableName, now }, new AbortController().signal)
  } finally {
    dynamodb.destroy()
  }
}

/** Whether something was put into the secret after it was made, as far as can be told without reading it. */
async function wasPutIn(secretArn: string | undefined): Promise<boolean | undefined> {
  if (secretArn === undefined) return undefined
  const client = secretsClient(secretArn)
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
