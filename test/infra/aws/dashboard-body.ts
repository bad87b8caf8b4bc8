import type { Template } from 'aws-cdk-lib/assertions'
import { asText } from './as-text.ts'

export interface Widget {
  type: 'metric' | 'log' | 'alarm'
  properties: { title: string; query?: string; metrics?: unknown[][]; alarms?: string[] }
}

/** The name and the widgets of a template's dashboards, with references as `asText` writes them. */
export function dashboardsOf(template: Template): { name: string; widgets: Widget[] }[] {
  return Object.values(template.findResources('AWS::CloudWatch::Dashboard')).map(({ Properties }) => {
    const { DashboardName, DashboardBody } = Properties as Record<string, unknown>
    const { widgets } = JSON.parse(asText(DashboardBody)) as { widgets: Widget[] }
    return { name: asText(DashboardName), widgets }
  })
}
