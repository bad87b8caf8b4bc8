import { expect, it } from 'vitest'
import { on, SmokeballError } from '#webhooks'
import { besideFake } from './beside-fake.ts'
import { contactId, matterId, taskId } from './infra/fake-smokeball/fake-smokeball-started.ts'

it('a handler reads Smokeball by typed calls', async (context) => {
  const read: unknown[] = []
  const handler = on('matter.updated', { name: 'read' }, async ({ resource }, { smokeball }) => {
    const { get, list } = smokeball
    const { title } = await get('/matters/{matterId}', { matterId: resource.id })
    const tasks = await Array.fromAsync(list('/tasks', { matterId: resource.id, limit: 1 }))
    const contacts = await Array.fromAsync(list('/contacts'))
    const missing = await get('/contacts/{id}', { id: 'none' }).catch((error) => error)
    read.push({
      title,
      tasks: tasks.map(({ id }) => id),
      contacts: contacts.map(({ id, lastUpdated }) => [id, typeof lastUpdated]),
      missing: missing instanceof SmokeballError && missing.status,
    })
  })
  const { local, fake, accountId } = await besideFake(context, { handlers: [handler] })
  fake.edit({ accountId, collection: 'matters', id: matterId }, { title: 'changed' })
  await fake.settled()
  await local.settled()
  expect(read).toEqual([
    { title: 'changed', tasks: [taskId], contacts: [[contactId, 'bigint']], missing: 404 },
  ])
  const queries = fake.requests.filter(({ path }) => path === '/tasks').map(({ query }) => query)
  expect(queries[0]).toBe(`Offset=0&Limit=1&MatterId=${matterId}`)
})
