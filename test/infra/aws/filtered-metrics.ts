import type { Template } from 'aws-cdk-lib/assertions'
import { matches, selected } from './filter-pattern.ts'

interface Transformation {
  MetricName: string
  MetricNamespace: string
  MetricValue: string
  Dimensions?: { Key: string; Value: string }[]
}

export interface MetricFilterProperties {
  LogGroupName: { Ref: string }
  FilterPattern: string
  MetricTransformations: [Transformation]
}

export const sides = ['Receiver', 'Consumer', 'Keeper'] as const
export type Side = (typeof sides)[number]

/** A line of a log: of a function, as Lambda writes it; or of the access log. */
export type LogRecord =
  | { side: Side; level: string; message: unknown }
  | { side: 'Access'; [field: string]: unknown }

/** What a filter makes of a record. `metric`: namespace, name, and its dimension. */
export interface FilteredSample {
  metric: string
  value: number
}

/** Lines of ours, as Lambda writes them. */
export function recordsOf(side: Side, messages: readonly unknown[], level = 'INFO'): LogRecord[] {
  return messages.map((message) => ({
    side,
    level,
    message: typeof message === 'object' ? { sb: 1, ...message } : message,
  }))
}

export function filtersOf(template: Template): MetricFilterProperties[] {
  return Object.values(template.findResources('AWS::Logs::MetricFilter')).map(
    ({ Properties }) => Properties as MetricFilterProperties,
  )
}

/** What the template's filters make of the records that its functions' log levels let through. */
export function filteredSamples(template: Template, records: readonly LogRecord[]): FilteredSample[] {
  const passed = records.filter((record) => isLogged(template, record))
  return filtersOf(template).flatMap(({ LogGroupName, FilterPattern, MetricTransformations }) => {
    const [{ MetricNamespace, MetricName, MetricValue, Dimensions = [] }] = MetricTransformations
    return passed
      .filter(({ side }) => LogGroupName.Ref.includes(side === 'Access' ? 'AccessLogs' : `${side}LambdaLogs`))
      .filter((record) => matches(FilterPattern, record))
      .map((record) => ({
        metric: [MetricNamespace, MetricName, ...Dimensions.map(({ Value }) => selected(record, Value))].join(
          ' ',
        ),
        value: MetricValue.startsWith('$') ? Number(selected(record, MetricValue)) : Number(MetricValue),
      }))
  })
}

function isLogged(template: Template, record: LogRecord): boolean {
  if (record.side === 'Access') return true
  const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']
  const functions = Object.entries(template.findResources('AWS::Lambda::Function'))
  const [, found] = functions.find(([id]) => id.includes(`${record.side}Lambda`)) ?? []
  const least = found?.Properties.LoggingConfig.ApplicationLogLevel as string
  return levels.indexOf(String(record.level)) >= levels.indexOf(least)
}
