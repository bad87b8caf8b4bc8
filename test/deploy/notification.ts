import { randomUUID } from 'node:crypto'
import { resourceIdPath, sample, withMember } from '../../infra/smokeball/sample.ts'

/** A notification of this type and time, of a resource of its own unless `id` names one. */
export function notificationAt(ticks: bigint, type: string, id: string = randomUUID()): string {
  const text = withMember(sample(type).text, ['timestamp'], ticks.toString())
  return withMember(text, ['payload', ...(resourceIdPath(type) ?? [])], JSON.stringify(id))
}
