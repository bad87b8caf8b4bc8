import type { Local } from '#webhooks/testing'
import { notification } from './notification.ts'
import type { Office } from './office.ts'

const longId = `<img src=x onerror=alert(1)> 😀 ${'an opaque id without an end '.repeat(4)}${'0123456789'.repeat(9)}`

/** One event of each outcome, and a history in disorder. */
export async function deliverAll(local: Local, crm: Office['crm']): Promise<void> {
  const tasks = Array.from({ length: 16 }, (_, at) =>
    notification({ id: 'ann', type: 'task.updated', agoMs: (16 - at) ** 2 * 90 }),
  )
  const disorder = tasks.toSpliced(3, 1).toSpliced(9, 0, tasks[3] ?? '')
  for (const text of [...disorder, disorder.at(-1) ?? '']) await local.deliver(text)
  await local.deliver(notification({ id: longId }))
  await local.deliver(notification({ id: 'm1', type: 'matter.updated' }))
  const older = notification({ id: 'ann' })
  for (const text of [notification({ id: 'ann' }), older, '[]']) await local.deliver(text)
  await local.settled()
  crm.refuses = true
  await local.deliver(notification({ id: 'ben', name: '<script>alert(1)</script>', version: 2n ** 63n }))
  await local.settled()
}
