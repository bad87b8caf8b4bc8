import { readFileSync } from 'node:fs'
import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import type { SmokeballWebhooksProps } from '../../../infra/aws/resolve-props.ts'
import { SmokeballWebhooks } from '../../../infra/aws/smokeball-webhooks.ts'
import { WebhooksStack } from '../../../infra/aws/stack.ts'
import type { HandlerSettings } from '../../../infra/settings/settings.ts'
import { stackName } from '../../../infra/settings/stages.ts'
import { newAppFolder } from './remove-apps.ts'

/** In a clone that its user made their own, the user's handlers may be anything. */
export const exampleHandlers = { handlersEntry: 'test/infra/aws/example-handlers.ts' }

/** An app as `cdk` runs it: it has the context of cdk.json. */
export function newApp(context: Record<string, unknown> = {}): App {
  const { context: given } = JSON.parse(readFileSync('cdk.json', 'utf8')) as {
    context: Record<string, unknown>
  }
  return new App({ context: { ...given, ...context }, outdir: newAppFolder() })
}

const plain = new Map<string, Template>()

/** The template of a stage's stack. That of a stage alone is made once, also for several files: leave it as it is. */
export function synthesize({
  stage = 'prod',
  settings,
  context,
}: {
  stage?: string
  settings?: HandlerSettings
  context?: Record<string, unknown>
} = {}): { template: Template } {
  const made = settings || context ? undefined : plain.get(stage)
  if (made) return { template: made }
  const stack = new WebhooksStack(newApp(context), stackName(stage), {
    stage,
    settings: { ...exampleHandlers, ...settings },
  })
  const template = Template.fromStack(stack)
  if (!settings && !context) plain.set(stage, template)
  return { template }
}

/** The construct in a stack of its user's own. */
export function construct(props: Partial<SmokeballWebhooksProps> = {}): {
  template: Template
  webhooks: SmokeballWebhooks
} {
  const stack = new Stack(newApp(), 'Own')
  const webhooks = new SmokeballWebhooks(stack, 'Webhooks', {
    alarms: { none: 'a test' },
    ...props,
    handlers: { ...exampleHandlers, ...props.handlers },
  })
  return { webhooks, template: Template.fromStack(stack) }
}
