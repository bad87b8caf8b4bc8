/** US dollars for so many of a unit. */
export interface Price {
  usd: number
  per: number
  /**
   * Day on which AWS's price list said so, as others noted it: this was written without a way to AWS. Absent where no
   * note was found, so that the price is only the one that is commonly known.
   */
  seen?: string
}

/** Where AWS publishes each price. Free tiers and prices of higher volumes are left out. */
export const pricePages = {
  httpApiRequest: 'https://aws.amazon.com/api-gateway/pricing/',
  lambdaRequest: 'https://aws.amazon.com/lambda/pricing/',
  lambdaGbSecond: 'https://aws.amazon.com/lambda/pricing/',
  sqsRequest: 'https://aws.amazon.com/sqs/pricing/',
  writeUnit: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
  readUnit: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
  tableGbMonth: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
  recoveryGbMonth: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
  logGb: 'https://aws.amazon.com/cloudwatch/pricing/',
  logGbMonth: 'https://aws.amazon.com/cloudwatch/pricing/',
  metricMonth: 'https://aws.amazon.com/cloudwatch/pricing/',
  alarmMetricMonth: 'https://aws.amazon.com/cloudwatch/pricing/',
  dashboardMonth: 'https://aws.amazon.com/cloudwatch/pricing/',
  secretMonth: 'https://aws.amazon.com/secrets-manager/pricing/',
  secretCall: 'https://aws.amazon.com/secrets-manager/pricing/',
  schedulerRun: 'https://aws.amazon.com/eventbridge/pricing/',
} as const

export type PriceName = keyof typeof pricePages
export type Prices = Readonly<Record<PriceName, Price>>

/** The prices are those of arm64 functions, FIFO queues and on-demand tables. */
export const prices = {
  asOf: '2026-11',
  regions: {
    'us-east-1': {
      httpApiRequest: { usd: 1, per: 1e6, seen: '2026-09-21' },
      lambdaRequest: { usd: 0.2, per: 1e6, seen: '2026-09-21' },
      lambdaGbSecond: { usd: 0.0000133334, per: 1, seen: '2026-09-11' },
      sqsRequest: { usd: 0.5, per: 1e6, seen: '2026-09-11' },
      writeUnit: { usd: 0.625, per: 1e6, seen: '2026-09-30' },
      readUnit: { usd: 0.125, per: 1e6, seen: '2026-09-30' },
      tableGbMonth: { usd: 0.25, per: 1 },
      recoveryGbMonth: { usd: 0.2, per: 1 },
      logGb: { usd: 0.5, per: 1, seen: '2026-09-21' },
      logGbMonth: { usd: 0.03, per: 1, seen: '2026-09-21' },
      metricMonth: { usd: 0.3, per: 1, seen: '2026-09-21' },
      alarmMetricMonth: { usd: 0.1, per: 1 },
      dashboardMonth: { usd: 3, per: 1 },
      secretMonth: { usd: 0.4, per: 1, seen: '2026-09-11' },
      secretCall: { usd: 0.05, per: 10_000, seen: '2026-09-11' },
      schedulerRun: { usd: 1, per: 1e6 },
    },
    'ap-southeast-2': {
      httpApiRequest: { usd: 1.29, per: 1e6 },
      lambdaRequest: { usd: 0.2, per: 1e6 },
      lambdaGbSecond: { usd: 0.0000133334, per: 1 },
      sqsRequest: { usd: 0.5, per: 1e6 },
      writeUnit: { usd: 0.71, per: 1e6, seen: '2026-08-13' },
      readUnit: { usd: 0.1425, per: 1e6, seen: '2026-08-13' },
      tableGbMonth: { usd: 0.285, per: 1, seen: '2026-08-13' },
      recoveryGbMonth: { usd: 0.228, per: 1, seen: '2026-08-13' },
      logGb: { usd: 0.67, per: 1, seen: '2026-09-22' },
      logGbMonth: { usd: 0.033, per: 1, seen: '2026-09-22' },
      metricMonth: { usd: 0.3, per: 1, seen: '2026-09-22' },
      alarmMetricMonth: { usd: 0.1, per: 1 },
      dashboardMonth: { usd: 3, per: 1 },
      secretMonth: { usd: 0.4, per: 1, seen: '2026-09-11' },
      secretCall: { usd: 0.05, per: 10_000 },
      schedulerRun: { usd: 1, per: 1e6 },
    },
  } satisfies Record<string, Prices>,
} as const

export type Region = keyof typeof prices.regions
