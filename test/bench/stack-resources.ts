import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { WebhooksStack } from '../../infra/aws/stack.ts'
import { production } from '../../infra/settings/stages.ts'

/** What the deployed stack has that costs, whatever happens, and what API Gateway writes of a delivery. */
export interface StackResources {
  /** Metrics that alarms look at: what alarms are billed by. */
  alarmMetrics: number
  dashboards: number
  secrets: number
  accessLineBytes: number
}

/** Not the user's handlers: they may need packages and settings of their own. */
const handlersEntry = 'test/bench/bench-handlers.ts'

/** Counts in the template of the production stage. `outdir`: a folder that may go afterwards. */
export function stackResources(outdir: string): StackResources {
  const stack = new WebhooksStack(new App({ outdir }), 'Costs', {
    stage: production,
    settings: { handlersEntry },
  })
  const template = Template.fromStack(stack)
  const of = (type: string) => Object.values(template.findResources(type)).map((one) => one.Properties ?? {})
  const [api] = of('AWS::ApiGatewayV2::Stage')
  return {
    alarmMetrics: of('AWS::CloudWatch::Alarm').reduce((sum, alarm) => sum + metricsOf(alarm), 0),
    dashboards: of('AWS::CloudWatch::Dashboard').length,
    secrets: of('AWS::SecretsManager::Secret').length,
    accessLineBytes: lineBytes(api?.AccessLogSettings?.Format ?? ''),
  }
}

/** An alarm on an expression is billed for each metric of it. */
function metricsOf({ Metrics = [{ MetricStat: {} }] }: { Metrics?: { MetricStat?: object }[] }): number {
  return Metrics.filter(({ MetricStat }) => MetricStat !== undefined).length
}

/** What API Gateway writes for a delivery; what has no value is a dash. */
const accessValues: Record<string, string> = {
  'context.requestTime': '09/Nov/2026:10:12:13 +0000',
  'context.requestId': 'AbCdEfGhIAMEPQg=',
  'context.identity.sourceIp': '203.0.113.255',
  'context.routeKey': 'POST /smokeball',
  'context.status': '200',
  'context.responseLatency': '40',
  'context.responseLength': '0',
}

function lineBytes(format: string): number {
  return Buffer.byteLength(format.replace(/\$([\w.]+)/g, (_, name: string) => accessValues[name] ?? '-'))
}
