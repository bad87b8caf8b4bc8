/** How long an alarm looks back, and how much of that has to be beyond its limit. */
export interface AlarmTiming {
  readonly periodMinutes: number
  /** The periods that it looks at; it is over when the last one beyond the limit has left them. */
  readonly periods: number
  /** So many of them raise it. */
  readonly datapoints: number
}

/** What the timings follow from. */
export interface PipelineTimes {
  /** After which a batch comes back whose invocation died. */
  readonly visibilityTimeoutSeconds: number
  /** Between two looks at all subscriptions. */
  readonly subscriptionCheckMinutes: number
}

/** An alarm that one loss raises is over after so many minutes without another; until then its mail tells of all. */
export const quietMinutes = 15

const windowMinutes = 5
/** CloudWatch takes no alarm that looks back further, unless its periods are hours. */
const dayMinutes = 24 * 60

/**
 * The ways in which alarms look at their metrics. Data of the last minutes may come late, above all what is counted in logs,
 * and `FILL` takes what is not there yet for none: no alarm looks at the last period alone.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html ("FILL", in alarms)
 */
export const alarmTimings = {
  /** One minute beyond the limit raises it. */
  'at once': () => ({ periodMinutes: 1, periods: quietMinutes, datapoints: 1 }),
  /** What goes wrong again and again, and not once: as often as a batch comes back whose invocation dies each time. */
  'three times': ({ visibilityTimeoutSeconds }) => {
    const windows = Math.ceil((3 * visibilityTimeoutSeconds) / (windowMinutes * 60)) + 1
    const periods = Math.min(Math.max(windows, 3), dayMinutes / windowMinutes)
    return { periodMinutes: windowMinutes, periods, datapoints: 3 }
  },
  /** What somebody may be about to put right. */
  'for an hour': () => ({ periodMinutes: windowMinutes, periods: 12, datapoints: 12 }),
  /**
   * What shows only when the keeper runs. It looks back beyond the keeper's last run, so that it lasts as long as its reason and
   * tells of it once.
   */
  'at each run of the keeper': ({ subscriptionCheckMinutes }) => ({
    periodMinutes: 60,
    periods: Math.ceil(subscriptionCheckMinutes / 60) + 1,
    datapoints: 1,
  }),
} as const satisfies Record<string, (times: PipelineTimes) => AlarmTiming>

/** When an alarm is raised. */
export type AlarmTimingName = keyof typeof alarmTimings
