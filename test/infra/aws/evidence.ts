import type { Template } from 'aws-cdk-lib/assertions'
import { filteredSamples, type LogRecord, type Side } from './filtered-metrics.ts'
import type { Sample } from './simulated-alarms.ts'

/** What happens in a minute. */
export interface Evidence {
  records?: readonly LogRecord[]
  /** What AWS counts, by name and whose it is. */
  metrics?: Readonly<Record<string, number>>
}

export const ofApi = (name: string) => `AWS/ApiGateway ${name} <Api> $default`
export const ofFunction = (side: Side, name: string) => `AWS/Lambda ${name} <${side}LambdaFunction>`

/** Lines of the access log, as API Gateway fills in the format that the template gives it. */
export function accessLogOf(template: Template): (status: string, route?: string) => Evidence {
  const [stage] = Object.values(template.findResources('AWS::ApiGatewayV2::Stage'))
  const format = JSON.parse(stage?.Properties.AccessLogSettings.Format) as Record<string, string>
  return (status, route = 'POST /smokeball') => {
    const values: Record<string, string> = { '$context.status': status, '$context.routeKey': route }
    const fields = Object.entries(format).map(([name, of]) => [name, values[of] ?? '-'])
    return { records: [{ ...Object.fromEntries(fields), side: 'Access' }] }
  }
}

/** What CloudWatch has of it: the counts of AWS, and what the template's filters make of the lines. */
export function samplesIn(template: Template, evidence: readonly Evidence[], minute: number): Sample[] {
  const metrics = evidence.flatMap(({ metrics: values = {} }) =>
    Object.entries(values).map(([metric, value]) => ({ metric, value })),
  )
  const records = evidence.flatMap(({ records: found = [] }) => found)
  return [...metrics, ...filteredSamples(template, records)].map((sample) => ({ ...sample, minute }))
}
