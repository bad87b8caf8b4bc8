import type { LocalLine } from '../../infra/operate/log-lines.ts'
import { alarmsOf } from '../infra/aws/alarm-properties.ts'
import { accessLogOf, type Evidence, ofApi, ofFunction, samplesIn } from '../infra/aws/evidence.ts'
import { recordsOf, type Side } from '../infra/aws/filtered-metrics.ts'
import { type Raised, raisedAlarms } from '../infra/aws/simulated-alarms.ts'
import { synthesize } from '../infra/aws/synthesize.ts'

/** What the front answered to a delivery. */
export interface Answered {
  status: number
  atEpochMs: number
}

const sideOf: Partial<Record<LocalLine['source'], Side>> = {
  receiver: 'Receiver',
  consumer: 'Consumer',
  keeper: 'Keeper',
}
/** An alarm of a loss is over after 15 minutes without another. */
const minutesAfter = 60

/**
 * What a template's filters and alarms make of a run: of the lines that the functions wrote, and of what AWS writes and counts of
 * each answer. A 503 of the front is one of API Gateway whose Lambda is throttled. `counted`: the deliveries that the filter counts
 * as lost; `minuteOf`: the minute of `alarms` in which something was.
 */
export function stormAlarms(
  lines: readonly LocalLine[],
  answers: readonly Answered[],
): { alarms: Raised[]; counted: number; minuteOf(answer: Answered): number } {
  const { template } = synthesize()
  const answered = accessLogOf(template)
  const found: [atEpochMs: number, evidence: Evidence][] = lines.flatMap(({ source, message, level, at }) => {
    const side = sideOf[source]
    return side ? [[at.getTime(), { records: recordsOf(side, [message], level.toUpperCase()) }]] : []
  })
  for (const { status, atEpochMs } of answers) {
    found.push([atEpochMs, answered(String(status))])
    if (status === 503)
      found.push([atEpochMs, { metrics: { [ofApi('5xx')]: 1, [ofFunction('Receiver', 'Throttles')]: 1 } }])
  }
  const startEpochMs = found.reduce(
    (earliest, [atEpochMs]) => Math.min(earliest, atEpochMs),
    Number.POSITIVE_INFINITY,
  )
  const minuteAt = (atEpochMs: number) => Math.floor((atEpochMs - startEpochMs) / 60_000)
  const byMinute = Map.groupBy(found, ([atEpochMs]) => minuteAt(atEpochMs))
  const samples = [...byMinute].flatMap(([minute, all]) =>
    samplesIn(
      template,
      all.map(([, evidence]) => evidence),
      minute,
    ),
  )
  const lost = samples.filter(({ metric }) => metric.split(' ').includes('LostDeliveries'))
  return {
    alarms: raisedAlarms(alarmsOf(template), samples, Math.max(0, ...byMinute.keys()) + minutesAfter),
    counted: lost.reduce((sum, { value }) => sum + value, 0),
    minuteOf: ({ atEpochMs }) => minuteAt(atEpochMs),
  }
}
