import { type AlarmProperties, evaluated, measured, type NamedAlarm } from './alarm-properties.ts'

/** A value of a metric in a minute. `metric`: namespace, name, and whose it is. */
export interface Sample {
  metric: string
  value: number
  minute: number
  /** When CloudWatch has it. @default minute */
  seenMinute?: number
}

/** Minutes in which an alarm goes off, and in which it is over. */
export interface Raised {
  name: string
  fromMinute: number
  /** Undefined: it lasts to the end. */
  untilMinute: number | undefined
}

/** How much further back than its periods an alarm looks: AWS gives no number, and its tables show two for three periods. */
const furtherPeriods = 2

/** What the alarms do in so many minutes, looked at once a minute: those that go off, in the order in which they do. */
export function raisedAlarms(
  alarms: readonly NamedAlarm[],
  samples: readonly Sample[],
  minutes: number,
): Raised[] {
  return alarms
    .flatMap(({ name, of }) => raisedBy(of, samples, minutes).map((raised) => ({ name, ...raised })))
    .toSorted((one, other) => one.fromMinute - other.fromMinute)
}

function raisedBy(of: AlarmProperties, samples: readonly Sample[], minutes: number): Omit<Raised, 'name'>[] {
  const watched = measured(of)
  const periodMinutes = (watched[0]?.seconds ?? 60) / 60
  const own = samples.filter(({ metric }) => watched.some((one) => one.metric === metric))
  // An alarm without any value of its metrics is not raised, and nearly all are without.
  if (own.length === 0) return []
  const byPeriod = Map.groupBy(own, ({ minute }) => Math.floor(minute / periodMinutes))
  const empty = datapointOf(of, [])
  const states = Array.from({ length: minutes }, (_, now) => {
    const last = Math.floor(now / periodMinutes)
    const range = Array.from({ length: of.EvaluationPeriods + furtherPeriods }, (_, back) => last - back)
    const points = range.toReversed().map((period) => {
      const seen = byPeriod.get(period)?.filter(({ minute, seenMinute = minute }) => seenMinute <= now) ?? []
      return seen.length === 0 ? empty : datapointOf(of, seen)
    })
    return isInAlarm(points, of)
  })
  const starts = states.flatMap((state, minute) => (state && !states[minute - 1] ? [minute] : []))
  return starts.map((fromMinute) => {
    const untilMinute = states.indexOf(false, fromMinute)
    return { fromMinute, untilMinute: untilMinute < 0 ? undefined : untilMinute }
  })
}

/**
 * Whether the datapoints of the evaluation range, the oldest first, raise an alarm that treats missing ones as not breaching:
 * the last real ones if there are enough of them; else all real ones, and none beside them.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export function isInAlarm(
  points: readonly (number | undefined)[],
  of: Pick<AlarmProperties, 'EvaluationPeriods' | 'DatapointsToAlarm' | 'Threshold'>,
): boolean {
  const real = points.filter((point) => point !== undefined)
  const breaching = real.slice(-of.EvaluationPeriods).filter((point) => point > of.Threshold)
  return breaching.length >= of.DatapointsToAlarm
}

/** The value of a period, or of the expression over it; undefined where there is none. */
function datapointOf(of: AlarmProperties, samples: readonly Sample[]): number | undefined {
  const values = Object.fromEntries(
    measured(of).map(({ id, metric, statistic }) => [
      id,
      statisticOf(
        statistic,
        samples.filter((sample) => sample.metric === metric).map(({ value }) => value),
      ),
    ]),
  )
  return of.Metrics ? evaluated(of, values) : values.alone
}

function statisticOf(statistic: string, values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined
  if (statistic === 'SampleCount') return values.length
  if (statistic === 'Sum') return values.reduce((sum, value) => sum + value, 0)
  if (statistic === 'Maximum') return Math.max(...values)
  throw new Error(`No alarm has used ${statistic} before: say here what it is.`)
}
