import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Validations } from 'aws-cdk-lib'
import { Vpc } from 'aws-cdk-lib/aws-ec2'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { AwsSolutionsChecks } from 'cdk-nag'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { WebhooksStack } from '../../../infra/aws/stack.ts'
import type { HandlerSettings } from '../../../infra/settings/settings.ts'
import { exampleHandlers, newApp } from './synthesize.ts'

beforeAll(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined))
afterAll(() => void vi.restoreAllMocks())

interface Report {
  pluginReports: { violations: { ruleName: string; violatingConstructs: { constructPath: string }[] }[] }[]
}

/** What AwsSolutions finds that nobody has acknowledged: rule and construct. */
function findings({
  stage = 'prod',
  settings = {},
  change = (_: WebhooksStack): void => undefined,
}: {
  stage?: string
  settings?: HandlerSettings
  change?: (stack: WebhooksStack) => void
}): string[] {
  const app = newApp()
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  change(new WebhooksStack(app, 'Nagged', { stage, settings: { ...exampleHandlers, ...settings } }))
  const exitCode = process.exitCode
  try {
    app.synth()
  } catch {
    // The report tells.
  }
  process.exitCode = exitCode
  const report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')) as Report
  return report.pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    ),
  )
}

it('the stack has no finding that is not acknowledged', () => {
  expect(findings({})).toEqual([])
})

it('nor has another stage, with all that can be chosen', () => {
  const settings: HandlerSettings = {
    environment: { CRM_URL: 'https://crm.example' },
    secrets: { ERP_KEY: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:erp-AbCdEf' },
    vpc: (scope) => ({ vpc: new Vpc(scope, 'Vpc') }),
    stack: {
      tracing: true,
      alarmEmails: ['ops@firm.example'],
      domain: {
        name: 'hooks.firm.example',
        certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/1a2b3c4d',
        hostedZone: { id: 'Z0123456789', name: 'firm.example' },
      },
    },
  }
  const ours = findings({ stage: 'dev', settings }).filter((finding) => !finding.includes('/Vpc/'))
  expect(ours).toEqual([])
})

it('finds what is wrong', () => {
  expect(findings({ change: (stack) => void new Queue(stack, 'Open') })).toContain(
    'AwsSolutions-SQS4 Nagged/Open/Resource',
  )
})
