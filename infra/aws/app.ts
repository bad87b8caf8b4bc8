/** The CDK app: one stack, of the stage that `-c stage=…` names. */

import { App } from 'aws-cdk-lib'
import { readExtend, readSettings } from '../settings/read-settings.ts'
import { production, stackName } from '../settings/stages.ts'
import { printError } from '../terminal/terminal.ts'
import { type Extend, WebhooksStack } from './stack.ts'

const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env

try {
  const app = new App()
  const stage = String(app.node.tryGetContext('stage') ?? production)
  new WebhooksStack(app, stackName(stage), {
    stage,
    settings: await readSettings(stage),
    extend: (await readExtend()) as Extend | undefined,
    description: `Smokeball webhooks, stage ${stage}`,
    // Without credentials, the template fits any account and region.
    ...(account && region && { env: { account, region } }),
  })
} catch (error) {
  // What the user can mend needs no stack of this project's.
  const isMendable = ['USAGE', 'INVALID_WEBHOOKS_PROPS'].includes(codeOf(error))
  printError(isMendable ? `\n${(error as Error).message}\n` : error)
  process.exitCode = 1
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code)
}
