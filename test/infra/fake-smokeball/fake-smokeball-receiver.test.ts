import { expect, it, type TestContext } from 'vitest'
import { type Handler, on } from '#webhooks'
import { startLocal } from '#webhooks/testing'
import { newRequestId } from '../../../shared/signing/request-id.ts'
import { accountId, matterId, startedFake, taskId } from './fake-smokeball-started.ts'

const matter = `/matters/${matterId}`

/** Our receiver, subscribed at a fake Smokeball. */
async function subscribed(test: TestContext, handlers: readonly Handler[]) {
  const { fake, call } = await startedFake(test)
  const { clientId } = fake.credentials
  const local = await startLocal({ handlers, clientId })
  test.onTestFinished(() => local.stop())
  const eventTypes = ['matter.updated', 'task.updated', 'error']
  const { body } = await call('POST', '/webhooks', {
    ...{ key: local.signingKey, eventTypes, eventNotificationUrl: local.url },
  })
  return {
    ...{ fake, call, local, id: String(body.id) },
    async settled() {
      await fake.settled()
      await local.settled()
    },
    statuses: () => fake.deliveries.map(({ status, error }) => status ?? error),
  }
}

it('delivers to our receiver: writes, edits, noops, errors and redeliveries are handled once each', async (test) => {
  const seen: unknown[] = []
  const { fake, call, settled, statuses, id, local } = await subscribed(test, [
    on('*', { name: 'see', order: 'every' }, ({ type, requestId, payload, ticks, late, own }) => {
      seen.push({ type, requestId, payload, ticks, late, own })
    }),
  ])
  await call('PATCH', matter, { title: 'Written' }, { RequestId: 'r-1' })
  await settled()
  expect(seen).toEqual([
    {
      ...{ type: 'matter.updated', requestId: 'r-1', late: false, own: false, ticks: expect.any(BigInt) },
      payload: expect.objectContaining({ id: matterId, title: 'Written' }),
    },
  ])

  fake.deliver({ duplicates: 2 })
  await call('PATCH', `/tasks/${taskId}`, { note: 'Twice' }, { RequestId: 'r-2' })
  await settled()
  expect(seen.slice(1)).toMatchObject([
    { type: 'task.updated', payload: { note: 'Twice', lastUpdated: expect.any(BigInt) } },
  ])

  fake.deliver({ duplicates: 0, outOfOrder: { holdMs: 10_000 } })
  for (const title of ['older', 'newer']) await call('PATCH', matter, { title })
  await settled()
  expect(seen.slice(2)).toMatchObject([
    { payload: { title: 'newer' }, late: false },
    { payload: { title: 'older' }, late: true },
  ])

  fake.deliver({ outOfOrder: false })
  fake.failWrites(1, { message: 'No.' })
  await call('PATCH', matter, { title: 'Refused' }, { RequestId: 'r-3' })
  fake.edit({ accountId, collection: 'matters', id: matterId }, { title: 'Edited' })
  await call('POST', `/webhooks/${id}/notify`)
  await settled()
  expect(seen.slice(4)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ type: 'error', requestId: 'r-3' }),
      expect.objectContaining({ type: 'matter.updated', requestId: '' }),
      expect.objectContaining({ type: 'noop' }),
    ]),
  )
  expect(seen).toHaveLength(7)

  await call('PUT', `/webhooks/${id}`, {
    ...{ key: 'another', eventTypes: ['matter.updated'], eventNotificationUrl: local.url },
  })
  await call('PATCH', matter, { title: 'Signed wrongly' })
  await settled()
  expect(statuses().slice(0, -1)).toEqual(Array.from({ length: 9 }, () => 200))
  expect(statuses().at(-1)).toBe(401)
  expect(seen).toHaveLength(7)
})

it('shows our receiver our own writes as own, even before they are answered, and indirect echoes as foreign', async (test) => {
  const seen: unknown[] = []
  const { fake, call, settled, local } = await subscribed(test, [
    on('matter.updated', { name: 'foreign' }, ({ requestId }) => void seen.push(['foreign', requestId])),
    on(
      'task.updated',
      { name: 'own', own: 'handle' },
      ({ own, requestId }) => void seen.push([own, requestId]),
    ),
  ])
  fake.deliver({ overtake: true, indirectEcho: { afterMs: 20 } })
  const RequestId = newRequestId(local.requestIdKey, new Uint8Array(8))
  await call('PATCH', `/tasks/${taskId}`, { note: 'x' }, { RequestId })
  await settled()
  // They are of two resources, which wait for nobody.
  expect(seen.toSorted()).toEqual([
    ['foreign', ''],
    [true, RequestId],
  ])
})
