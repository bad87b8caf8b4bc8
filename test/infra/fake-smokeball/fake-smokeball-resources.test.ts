import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, type TestContext } from 'vitest'
import type { FakeSmokeballOptions } from '../../../infra/fake-smokeball/fake-smokeball.ts'
import { resourceKinds } from '../../../infra/fake-smokeball/resource-kinds.ts'
import { startFakeSmokeball } from '../../../infra/fake-smokeball/start-fake-smokeball.ts'
import { close, listen } from '../../../infra/http/listen.ts'
import { keptFile } from '../../../infra/operate/kept-file.ts'
import eventTypes from '../../../infra/smokeball/event-types.json' with { type: 'json' }
import { resourceOf } from '../../../shared/event/resource-of-event.ts'
import {
  accountId,
  callerOf,
  matterId,
  startedFake,
  startedReceiver,
  taskId,
} from './fake-smokeball-started.ts'

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const ofMatter = `/matters/${matterId}`
const known = new Set(eventTypes.map(({ type }) => type))

/** A fake whose events of all types come to a receiver. */
async function watched(test: TestContext, options: FakeSmokeballOptions = {}) {
  const all = eventTypes.map(({ type }) => type)
  const { fake, call } = await startedFake(test, { eventTypes: all, ...options })
  const { url, received } = await startedReceiver(test)
  await call('POST', '/webhooks', { key: 'k', name: 'all', eventNotificationUrl: url, eventTypes: all })
  const events = () =>
    received.map(({ event: { type, payload } }) => ({
      type,
      id: resourceOf(type, payload, 'none').id,
      payload,
    }))
  return { fake, call, received, events }
}

it('has every resource that events tell of', () => {
  const told = new Set(eventTypes.map(({ resource }) => resource))
  for (const kind of ['error', 'noop']) told.delete(kind)
  expect(new Set(resourceKinds.map(({ kind }) => kind))).toEqual(told)
})

// Smokeball's OpenAPI of August 2026 has them so.
it.for([
  ...[
    '/matters?Fields=items,tags',
    '/contacts',
    '/tasks',
    '/events',
    '/activitycodes',
    '/staff',
    '/stagesets',
    '/mattertypes',
    '/layouts',
  ],
  ...[
    '/firmusers',
    '/firm',
    `${ofMatter}/memos`,
    `${ofMatter}/fees`,
    `${ofMatter}/expenses`,
    `${ofMatter}/invoices`,
  ],
  ...[`${ofMatter}/documents/files`, `${ofMatter}/roles`, `${ofMatter}/items`, `${ofMatter}/layouts`],
  ...[`${ofMatter}/stages`, `${ofMatter}/billingconfiguration`, `${ofMatter}/archive`],
])('answers at %s, also with the account in front', async (path, test) => {
  const { call } = await startedFake(test)
  const { status, body } = await call('GET', path)
  expect(status).toBe(200)
  const isDocument = /(firm|roles|items|stages|configuration|archive)$/.test(path)
  if (!isDocument) {
    const [first] = Array.isArray(body) ? body : body.value
    const id = path.endsWith('/layouts') && path !== '/layouts' ? first?.itemId : first?.id
    const [all] = path.split('?')
    if (id !== undefined) expect((await call('GET', `${all}/${id}`)).body).toEqual(first)
  }
  expect((await call('GET', `/${accountId}${path}`)).body).toMatchObject(isDocument ? body : {})
  expect((await call('GET', path.replace(matterId, 'no-such'))).status).toBe(
    path.includes(matterId) ? 404 : 200,
  )
})

it('takes a memo, changes and deletes it, and tells of each', async (test) => {
  const { fake, call, received, events } = await watched(test)
  const memos = `${ofMatter}/memos`
  const created = await call('POST', memos, { title: 'Call', text: 'at noon' }, { RequestId: 'r-1' })
  const { id } = created.body
  expect(created).toMatchObject({
    status: 202,
    body: { href: `${fake.url}${memos}/${id}`, relation: 'memo' },
  })
  await fake.settled()
  const memo = (await call('GET', `${memos}/${id}`)).body
  expect(memo).toEqual({
    ...{ id, matterId, title: 'Call', text: 'at noon' },
    ...{ createdDate: expect.stringMatching(iso), lastUpdated: expect.stringMatching(iso) },
  })
  expect(received[0]?.headers.requestid).toBe('r-1')
  expect(events()).toEqual([{ type: 'memo.created', id, payload: memo }])

  expect((await call('PATCH', `${memos}/${id}`, {})).status).toBe(405)
  await call('PUT', `${memos}/${id}`, { title: 'Called' })
  await fake.settled()
  expect((await call('GET', `${memos}/${id}`)).body).toMatchObject({
    title: 'Called',
    createdDate: memo.createdDate,
  })
  expect((await call('GET', `${memos}/${id}`)).body.text).toBeUndefined()
  await call('DELETE', `${memos}/${id}`)
  await fake.settled()
  expect((await call('GET', `${memos}/${id}`)).status).toBe(404)
  expect(events().map(({ type }) => type)).toEqual(['memo.created', 'memo.updated', 'memo.deleted'])
  expect(events()[2]).toMatchObject({ id, payload: { isDeleted: true, matterId } })
})

it('takes every write that the API takes, and tells it by a type that is known and an id that is found', async (test) => {
  const { fake, call, events } = await watched(test)
  for (const { path, takes, is = 'list', listed, kind } of resourceKinds) {
    const at = `/${path.replace('*', matterId)}`
    let one = at
    if (takes.includes('POST')) one = `${at}/${(await call('POST', at, { name: 'x' })).body.id}`
    else if (is === 'list' && listed !== 'nowhere') {
      const { body } = await call('GET', at)
      one = `${at}/${(body.value ?? body)[0].id}`
    }
    await fake.settled()
    const methods = ['PUT', 'PATCH', 'DELETE']
    for (const method of methods) {
      const isTaken = takes.split(' ').includes(method)
      const { status } = await call(method, one, method === 'DELETE' ? undefined : { name: 'y' })
      expect([kind, method, status]).toEqual([kind, method, isTaken ? 202 : status === 404 ? 404 : 405])
      await fake.settled()
    }
  }
  for (const { type, id } of events()) {
    expect(known).toContain(type)
    expect([type, id]).not.toEqual([type, 'none'])
  }
  const told = new Set(events().map(({ type }) => type.split('.')[0]))
  const written = resourceKinds.filter(({ takes }) => takes !== '').map(({ kind }) => kind)
  expect(told).toEqual(new Set(written))
})

it('stamps and links as Smokeball does', async (test) => {
  const { fake, call, events } = await watched(test)
  const link = { matter: { id: matterId, rel: 'Matter' }, matterId }
  await call('POST', `${ofMatter}/fees`, { subject: 'Advice' })
  await call('POST', '/events', { subject: 'Hearing' })
  await call('PATCH', ofMatter, { title: 'New' })
  await call('POST', '/users', { email: 'ann@firm.example' })
  await fake.settled()
  const payloads = Object.fromEntries(events().map(({ type, payload }) => [type, payload]))
  expect(payloads['fee.created']).toMatchObject({
    ...{ ...link, versionId: expect.stringMatching(guid), createdDate: expect.stringMatching(iso) },
  })
  expect(payloads['event.created'].lastUpdated).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)
  expect(payloads['matter.updated'].versionId).toMatch(/^\d{18}$/)
  expect(payloads['user.registered']).toMatchObject({ email: 'ann@firm.example' })
})

it('leaves deleted expenses in the list, and makes of deleted staff a former one', async (test) => {
  const { fake, call, events } = await watched(test)
  const { id } = (await call('POST', `${ofMatter}/expenses`, { subject: 'Copies' })).body
  const [staff] = (await call('GET', '/staff')).body.value
  await fake.settled()
  await call('DELETE', `${ofMatter}/expenses/${id}`)
  await call('DELETE', `/staff/${staff.id}`)
  await fake.settled()
  const { value } = (await call('GET', `${ofMatter}/expenses`)).body
  expect(value.find((each: { id: string }) => each.id === id)).toMatchObject({
    subject: 'Copies',
    isDeleted: true,
  })
  expect((await call('GET', `/staff/${staff.id}`)).body).toMatchObject({ former: true, enabled: false })
  expect(events().map(({ type }) => type)).toEqual(['expense.created', 'expense.deleted', 'staff.updated'])
})

it('tells of files by a cursor, with which the list gives those that changed', async (test) => {
  const { fake, call, events } = await watched(test)
  const files = `${ofMatter}/documents/files`
  const { id } = (await call('POST', files, { fileName: 'letter.pdf' })).body
  await fake.settled()
  const [{ type, payload } = expect.fail('nothing came')] = events()
  expect([type, payload]).toEqual(['files.updated', { matterId, cursor: expect.any(String) }])
  const changed = (await call('GET', `${files}?Cursor=${encodeURIComponent(payload.cursor)}`)).body.value
  expect(changed.map((each: { id: string }) => each.id)).toEqual([id])
  expect((await call('GET', files)).body.size).toBe(2)
})

it('keeps the roles of a matter as one set, whose event is the set', async (test) => {
  const { fake, call, events } = await watched(test)
  const roles = `${ofMatter}/roles`
  const { id } = (await call('POST', roles, { name: 'Buyer' })).body
  const other = (await call('POST', roles, { name: 'Seller' })).body.id
  await fake.settled()
  await call('PUT', `${roles}/${id}`, { description: 'both' })
  await call('DELETE', `${roles}/${other}`)
  await fake.settled()
  const set = (await call('GET', roles)).body
  expect(set).toMatchObject({ matterId, roles: [{ id, description: 'both' }] })
  expect(set.roles).toHaveLength(1)
  expect((await call('GET', `${roles}/${id}`)).body).toEqual({ id, description: 'both' })
  expect((await call('GET', `${roles}/${other}`)).status).toBe(404)
  expect(events().map(({ type, id: of }) => [type, of])).toEqual(Array(4).fill(['roles.updated', matterId]))
  expect(events()[3]?.payload).toEqual(set)
})

it('lists the tasks of a matter', async (test) => {
  const { fake, call } = await startedFake(test)
  await call('POST', '/tasks', { subject: 'of none' })
  await fake.settled()
  const ids = async (query: string) =>
    (await call('GET', `/tasks${query}`)).body.value.map(({ id }: { id: string }) => id)
  expect(await ids('')).toHaveLength(2)
  expect(await ids(`?MatterId=${matterId}`)).toEqual([taskId])
  expect(await ids('?matterId=x')).toEqual([])
})

it('answers at routes that its user adds, before its own, and delivers their events', async (test) => {
  const { fake, call, received } = await watched(test, {
    routes: {
      'GET /bankaccounts/{id}/transactions/{nth}': ({ params, query, accountId }) => ({
        body: { ...params, limit: query.get('Limit'), accountId, big: 639170700711111121n },
      }),
      'POST /notifications': ({ body, emit, requestId }) => {
        emit('invoice.finalized', { id: 'i-1', requestId: String(requestId) })
        return { status: 202, body: { got: body } }
      },
      'GET /staff': () => ({ body: 'mine' }),
      'GET /broken': () => {
        throw new Error('not written yet')
      },
    },
  })
  expect((await call('GET', '/bankaccounts/b%201/transactions/7?Limit=3')).body).toEqual({
    ...{ id: 'b 1', nth: '7', limit: '3', accountId, big: 639170700711111121n },
  })
  const posted = await call('POST', '/notifications', { ticks: 639170700711111121n }, { RequestId: 'r-9' })
  expect([posted.status, posted.body]).toEqual([202, { got: { ticks: 639170700711111121n } }])
  await fake.settled()
  expect(received.map(({ event, headers }) => [event.type, event.payload.id, headers.requestid])).toEqual([
    ['invoice.finalized', 'i-1', 'r-9'],
  ])
  expect((await call('GET', '/staff')).body).toBe('mine')
  expect((await call('POST', '/staff', {})).status).toBe(202)
  expect((await call('GET', `/${accountId}/bankaccounts/1/transactions/2`)).body.nth).toBe('2')
  const broken = await call('GET', '/broken')
  expect([broken.status, broken.body.detail]).toEqual([500, expect.stringContaining('not written yet')])
  expect((await call('DELETE', '/notifications')).status).toBe(405)
})

it('begins as it ended where its state is kept: port, credentials, tokens, subscriptions, resources', async (test) => {
  const folder = await mkdtemp(join(tmpdir(), 'smokeball-fake-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const kept = keptFile(join(folder, 'fake.json'), 'it begins anew')
  const first = await startedFake(test, { kept })
  await first.call('POST', '/webhooks', {
    ...{ key: 'k', name: 'n', eventNotificationUrl: 'http://127.0.0.1:9/', eventTypes: ['matter.updated'] },
  })
  await first.call('PATCH', ofMatter, { title: 'Kept' })
  const { body } = await first.call('POST', '/tasks', { subject: 'kept' })
  const { body: code } = await first.call('POST', '/activitycodes', { code: 'kept' })
  await first.fake.settled()
  // It stops as if it was killed: nothing is written at its end.
  await first.fake.stop()

  const second = await startFakeSmokeball({ kept, rateLimit: 'off' })
  onTestFinished(() => second.stop())
  expect([second.url, second.credentials]).toEqual([first.fake.url, first.fake.credentials])
  expect(second.subscriptions).toMatchObject([{ key: 'k', accountId, lastUpdated: expect.any(BigInt) }])
  // The token of before is good still; the connection of before is closed.
  await first.call('GET', ofMatter).catch(() => {})
  expect((await first.call('GET', ofMatter)).body.title).toBe('Kept')
  const task = (await first.call('GET', `/tasks/${body.id}`)).body
  expect([task.subject, typeof task.lastUpdated]).toEqual(['kept', 'bigint'])
  // Its version tells no time.
  const changed = (await first.call('GET', `/activitycodes?UpdatedSince=${task.lastUpdated - 600_000_000n}`))
    .body
  expect(changed.value).toMatchObject([{ id: code.id }])
  await second.stop()

  const other = createServer()
  await listen(other, Number(new URL(first.fake.url).port))
  onTestFinished(() => close(other))
  const third = await startFakeSmokeball({ kept, rateLimit: 'off' })
  onTestFinished(() => third.stop())
  expect(third.url).not.toBe(first.fake.url)
  expect((await callerOf(third, third.credentials)('GET', ofMatter)).body.title).toBe('Kept')
})
