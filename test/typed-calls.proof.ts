import { expect, it } from 'vitest'
import { on, SmokeballError } from '#webhooks'
import { trickyLists } from '../infra/fake-smokeball/list-traps.ts'
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

it('a list brings all there is, shuffled and in small pages, deleted rows and past appointments too', async (context) => {
  const read: { contacts: string[]; events: unknown[]; changed: unknown[] } = {
    contacts: [],
    events: [],
    changed: [],
  }
  const begin = new Date()
  const handler = on('matter.updated', { name: 'read' }, async (_event, { smokeball: { list } }) => {
    const contacts = await Array.fromAsync(list('/contacts', { limit: 7 }))
    read.contacts = contacts.map(({ id }) => id ?? '')
    const events = await Array.fromAsync(list('/events', { updatedSince: new Date(begin.getTime() - 5_000) }))
    read.events = events.map(({ id, isDeleted }) => [id, isDeleted ?? false])
    const changed = await Array.fromAsync(list('/contacts', { updatedSince: begin }))
    read.changed = changed.map(({ id }) => id)
  })
  const lists = { ...trickyLists(7), staleMs: 0, notYetMs: 0 }
  const { local, fake, accountId } = await besideFake(context, { handlers: [handler] }, { lists })
  const ids = Array.from({ length: 40 }, (_, index) => `c${index}`)
  for (const id of ids)
    fake.change({ accountId, collection: 'contacts', id }, { action: 'created', isTold: false })
  const fields = { startTime: '2001-01-01T10:00:00', endTime: '2001-01-01T11:00:00' }
  const past = { accountId, collection: 'events', id: 'past' }
  fake.change(past, { action: 'created', fields, isTold: false })
  await fake.settled()
  fake.change(past, { action: 'deleted', isTold: false })
  await fake.settled()
  fake.edit({ accountId, collection: 'matters', id: matterId }, { title: 'changed' })
  await fake.settled()
  await local.settled()
  expect(read.contacts.toSorted()).toEqual([...ids, contactId].sort())
  expect(read.events).toContainEqual(['past', true])
  expect(read.changed).toEqual(expect.arrayContaining(ids))
})
