import { GraphWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch'

/** A third of a dashboard's row, unless told otherwise. */
export function graph(
  title: string,
  metrics: IMetric[],
  kind: 'lines' | 'stacked' = 'lines',
  width = 8,
): GraphWidget {
  return new GraphWidget({ title, left: metrics, stacked: kind === 'stacked', width, leftYAxis: { min: 0 } })
}
