import type { Template } from 'aws-cdk-lib/assertions'
import { asText, shortId } from './as-text.ts'

export interface MetricProperties {
  Namespace: string
  MetricName: string
  Dimensions?: { Value: unknown }[]
}

export interface AlarmProperties extends Partial<MetricProperties> {
  AlarmDescription: unknown
  EvaluationPeriods: number
  DatapointsToAlarm: number
  Threshold: number
  Statistic?: string
  Period?: number
  Metrics?: {
    Id: string
    Expression?: string
    MetricStat?: { Metric: MetricProperties; Stat: string; Period: number }
  }[]
}

export interface NamedAlarm {
  name: string
  of: AlarmProperties
}

/** A template's alarms, by their ids in the list of alarms. */
export function alarmsOf(template: Template): NamedAlarm[] {
  return Object.entries(template.findResources('AWS::CloudWatch::Alarm')).map(([id, { Properties }]) => ({
    name: shortId(id).replace(/^Alarms/, ''),
    of: Properties as AlarmProperties,
  }))
}

/** A metric that an alarm looks at. `metric`: namespace, name, and whose it is. */
export interface Measured {
  id: string
  metric: string
  statistic: string
  seconds: number
}

/** The metrics that an alarm looks at: one, or those of its expression. */
export function measured({
  Metrics = [],
  Statistic = '',
  Period = 0,
  ...alone
}: AlarmProperties): Measured[] {
  const stats = Metrics.flatMap(({ Id, MetricStat }) => (MetricStat ? [{ Id, ...MetricStat }] : []))
  const all = alone.MetricName
    ? [{ Id: 'alone', Metric: alone as unknown as MetricProperties, Stat: Statistic, Period }]
    : stats
  return all.map(({ Id: id, Metric: { Namespace, MetricName, Dimensions = [] }, Stat, Period: seconds }) => ({
    id,
    metric: [Namespace, MetricName, ...Dimensions.map(({ Value }) => asText(Value))].join(' '),
    statistic: Stat,
    seconds,
  }))
}

/** What an alarm's expression makes of the values of its metrics, of which each may be missing. */
export function evaluated(
  { Metrics = [] }: AlarmProperties,
  values: Readonly<Record<string, number | undefined>>,
): number {
  const [expression = ''] = Metrics.flatMap(({ Expression }) => Expression ?? [])
  const ids = Metrics.flatMap(({ Id, MetricStat }) => (MetricStat ? [Id] : []))
  const evaluate = new Function('FILL', 'MAX', ...ids, `return ${expression}`)
  const fill = (value: number | undefined, otherwise: number) => value ?? otherwise
  const max = (all: number[]) => Math.max(...all)
  return evaluate(fill, max, ...ids.map((id) => values[id])) as number
}
