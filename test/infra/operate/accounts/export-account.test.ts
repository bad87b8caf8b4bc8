import { DeleteItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { expect, it } from 'vitest'
import {
  type ExportStep,
  eventsToExport,
  exportedEvent,
} from '../../../../infra/operate/accounts/export-account.ts'
import { writeEventItems } from '../../../../shared/ledger/event-item.ts'
import { readEventRow } from '../../../../shared/ledger/event-row.ts'
import { retentionOf } from '../../../../shared/ledger/retention.ts'
import { eventRecord, startEpochMs } from '../../../shared/ledger/event-table.ts'
import { digits, purgeWorld } from './purge-world.ts'

it("tells all of an account's events, large ones too, each with its exact text", async (context) => {
  const { deps, putAll, putEvent } = await purgeWorld(context)
  await putAll('firm')
  await putAll('firm-2')
  const text = await putEvent('firm', 'b')
  const steps: ExportStep[] = []
  const of = { onStep: (step: ExportStep) => void steps.push(step), signal: context.signal }
  const exported = []
  for await (const event of eventsToExport(deps, 'firm', of)) exported.push(exportedEvent(event))
  const sizes = exported.map(({ accountId, resource, notification }) => ({
    ...{ accountId, id: resource.id, isLarge: (notification?.length ?? 0) > 500_000 },
    isWhole: notification?.endsWith(`"number":${digits}},"timestamp":7}`),
  }))
  const whole = { accountId: 'firm', isWhole: true }
  expect(sizes.toSorted((one, two) => one.id.localeCompare(two.id))).toEqual([
    { ...whole, id: 'a', isLarge: false },
    { ...whole, id: 'b', isLarge: false },
    { ...whole, id: 'large', isLarge: true },
  ])
  expect(exported.map(({ notification }) => notification)).toContain(text)
  expect(steps.at(-1)).toEqual({ looked: expect.any(Number), events: 3 })

  const stopped = AbortSignal.abort(new Error('stopped'))
  const next = eventsToExport(deps, 'firm', { ...of, signal: stopped }).next()
  await expect(next).rejects.toThrow('stopped')
})

it('tells for how long a body was kept that is gone', () => {
  const { event } = writeEventItems(
    eventRecord(),
    startEpochMs,
    retentionOf({ events: 30, ledgers: 400, bodies: 3 }),
  )
  const told = exportedEvent({ ...readEventRow(event), text: undefined })
  expect(told).toMatchObject({ bodyDays: 3, notification: null })
  expect(told).not.toHaveProperty('bodyFence')
})

it('tells null of a body that has expired in part', async (context) => {
  const { deps, putAll } = await purgeWorld(context)
  await putAll('firm')
  const { Items = [] } = await deps.dynamodb.send(new ScanCommand({ TableName: deps.tableName }))
  const part = Items.find(({ sk }) => sk?.S?.startsWith('body#'))
  const Key = { pk: part?.pk ?? { S: '' }, sk: part?.sk ?? { S: '' } }
  await deps.dynamodb.send(new DeleteItemCommand({ TableName: deps.tableName, Key }))
  const notifications: (string | null)[] = []
  for await (const event of eventsToExport(deps, 'firm', { onStep() {}, signal: context.signal }))
    notifications.push(exportedEvent(event).notification)
  expect(notifications).toHaveLength(2)
  expect(notifications).toContain(null)
  expect(notifications).toContainEqual(expect.stringContaining('"id":"a"'))
})

it('tells null of a body that cannot be read, and goes on', async (context) => {
  const { deps, putAll } = await purgeWorld(context)
  await putAll('firm')
  const { Items = [] } = await deps.dynamodb.send(new ScanCommand({ TableName: deps.tableName }))
  const item = Items.find(({ sk, body }) => sk?.S?.startsWith('event#') && body)
  const spoilt = { ...item, body: { B: Buffer.of(0x11, 99) } }
  await deps.dynamodb.send(new PutItemCommand({ TableName: deps.tableName, Item: spoilt }))
  const exported = []
  for await (const event of eventsToExport(deps, 'firm', { onStep() {}, signal: context.signal }))
    exported.push(exportedEvent(event))
  expect(exported.map(({ notification }) => notification === null).toSorted()).toEqual([false, true])
})
