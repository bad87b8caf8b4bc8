import { type CostRow, costRow, hoursAMonth } from './cost-row.ts'
import { assumptions } from './costs-assumptions.ts'
import type { Measured } from './costs-measure.ts'
import { keeperRows } from './keeper-rows.ts'

/** What the stack costs, however little happens; `hourlyMetrics`: those that get a value in every hour. */
export function stackRows({ stack }: Measured, hourlyMetrics: number): CostRow[] {
  const pollsAMonth = (assumptions.idlePolls * hoursAMonth * 3600) / assumptions.pollSeconds
  return [
    costRow('CloudWatch', 'dashboards', 'dashboardMonth', stack.dashboards),
    costRow('CloudWatch', 'metrics of alarms', 'alarmMetricMonth', stack.alarmMetrics),
    costRow('CloudWatch', 'metrics from logs', 'metricMonth', hourlyMetrics),
    costRow('Secrets Manager', 'secrets', 'secretMonth', stack.secrets),
    costRow('SQS', 'polls for nothing', 'sqsRequest', pollsAMonth),
    ...keeperRows(),
  ]
}
