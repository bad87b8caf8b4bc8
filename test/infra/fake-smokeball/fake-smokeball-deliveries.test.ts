import { expect, it, type TestContext } from 'vitest'
import type { FakeSmokeballOptions } from '../../../infra/fake-smokeball/fake-smokeball.ts'
import { parseTicks, ticksToEpochMs } from '../../../shared/event/ticks.ts'
import { sign } from '../../../shared/signing/signature.ts'
import {
  accountId,
  callerOf,
  contactId,
  matterId,
  type Received,
  startedFake,
  startedReceiver,
  taskId,
} from './fake-smokeball-started.ts'

const systemAccountId = '00000000-0000-0000-0000-000000000000'
const eventTypes = ['matter.updated', 'matter.created', 'task.created', 'task.updated', 'task.deleted']
const matter = `/matters/${matterId}`
const asRequest = (RequestId: string) => ({ RequestId })

/** A fake with a receiver that is subscribed for matters and tasks. */
async function watched(
  test: TestContext,
  options: FakeSmokeballOptions = {},
  status?: (nth: number) => number | 'hang',
) {
  const { fake, call } = await startedFake(test, options)
  const { url, received } = await startedReceiver(test, status)
  const { body } = await call('POST', '/webhooks', {
    ...{ key: 'clé', name: 'test', eventNotificationUrl: url },
    eventTypes: [...eventTypes, 'error', 'contact.updated'],
  })
  const titles = () => received.map(({ event }) => event.payload.title)
  return { fake, call, url, received, titles, id: String(body.id) }
}

const typesOf = (received: readonly Received[]) => received.map(({ event }) => event.type)

it('tells of a write with a signed delivery that carries its RequestId', async (test) => {
  const { fake, call, received, id } = await watched(test)
  await call('PATCH', matter, { title: 'New' }, asRequest('r-1'))
  await fake.settled()

  const [{ headers, body, event } = expect.fail('nothing came')] = received
  const { timestamp = '', requestid: requestId = '' } = headers as Record<string, string>
  expect(requestId).toBe('r-1')
  expect(headers['content-type']).toBe('application/json; charset=utf-8')
  expect(headers.signature).toBe(sign({ timestamp, requestId, clientId: fake.credentials.clientId }, 'clé'))
  expect(Math.abs(ticksToEpochMs(parseTicks(timestamp)) - Date.now())).toBeLessThan(10_000)
  expect(event).toMatchObject({
    ...{ accountId, subscriptionId: id, type: 'matter.updated', source: 'API', userId: expect.any(String) },
    payload: { id: matterId, title: 'New', number: '10001' },
  })
  const [, digits = ''] = /"timestamp":(\d{18})\}$/.exec(body) ?? []
  expect(digits).not.toMatch(/0$/)
  expect(event.timestamp).toBe(BigInt(digits))
  expect(fake.deliveries).toEqual([
    { subscriptionId: id, type: 'matter.updated', requestId: 'r-1', status: 200 },
  ])
})

it('answers a write before its event goes out, or after, as told', async (test) => {
  const { fake, call, received } = await watched(test)
  const answered: unknown[] = []
  fake.rewrite((delivery) => {
    answered.push(fake.requests.at(-1)?.status)
    return delivery
  })
  for (const overtake of [false, true]) {
    fake.deliver({ overtake })
    await call('PATCH', matter, {})
    await fake.settled()
  }
  expect(answered).toEqual([202, undefined])
  expect(received).toHaveLength(2)
})

it('lets writes take effect after a while, if told to', async (test) => {
  const { fake, call, received } = await watched(test, { deliveries: { writeMs: 300 } })
  await call('PATCH', matter, { title: 'New' })
  expect(received).toHaveLength(0)
  expect((await call('GET', matter)).body.title).not.toBe('New')
  await fake.settled()
  expect(received).toHaveLength(1)
  expect((await call('GET', matter)).body.title).toBe('New')
})

it('names creation, change and deletion; a deleted matter is one that is updated', async (test) => {
  const { fake, call, received } = await watched(test)
  const { body } = await call('POST', '/tasks', { subject: 'x' })
  await call('PUT', `/tasks/${body.id}`, { subject: 'y' })
  await call('DELETE', `/tasks/${body.id}`)
  await call('DELETE', matter)
  await fake.settled()
  expect(received.map(({ event }) => [event.type, event.payload.id])).toEqual([
    ['task.created', body.id],
    ['task.updated', body.id],
    ['task.deleted', body.id],
    ['matter.updated', matterId],
  ])
  expect(received[2]?.event.payload).toMatchObject({ subject: 'y', isDeleted: true })
  expect(received[3]?.event.payload.status).toBe('Deleted')
})

it('puts the RequestId of a request on every event that it triggers', async (test) => {
  const { fake, call, received } = await watched(test)
  fake.deliver({ alsoTriggers: ({ payload }) => [{ type: 'matter.updated', payload }] })
  await call('POST', '/matters', { title: 'New' }, asRequest('r-2'))
  await fake.settled()
  expect(typesOf(received)).toEqual(['matter.created', 'matter.updated'])
  expect(received.map(({ headers }) => headers.requestid)).toEqual(['r-2', 'r-2'])
  expect(new Set(received.map(({ event }) => event.timestamp)).size).toBe(2)
})

it.for([
  ['empty', ''],
  ['random', expect.stringMatching(/^[0-9a-f-]{36}$/)],
  ['left-out', undefined],
] as const)('sends a RequestId that no caller has set as %s', async ([absentRequestId, expected], test) => {
  const { fake, call, received } = await watched(test, { undocumented: { absentRequestId } })
  await call('PATCH', matter, {})
  await fake.settled()
  const { headers } = received[0] ?? expect.fail('nothing came')
  expect(headers.requestid).toEqual(expected)
  const parts = { timestamp: String(headers.timestamp), requestId: String(headers.requestid ?? '') }
  expect(headers.signature).toBe(sign({ ...parts, clientId: fake.credentials.clientId }, 'clé'))
})

it('signs with the key of the moment, and not at all without one', async (test) => {
  const { fake, call, url, received, id } = await watched(test)
  const body = { eventTypes, eventNotificationUrl: url }
  await call('PUT', `/webhooks/${id}`, { ...body, key: 'new' })
  await call('PATCH', matter, {}, asRequest('r'))
  await fake.settled()
  const parts = { timestamp: String(received[0]?.headers.timestamp), requestId: 'r' }
  const { clientId } = fake.credentials
  expect(received[0]?.headers.signature).toBe(sign({ ...parts, clientId }, 'new'))
  await call('PUT', `/webhooks/${id}`, body)
  await call('PATCH', matter, {})
  await fake.settled()
  expect(received[1]?.headers).not.toHaveProperty('signature')
})

it('sends one noop for a notify, whatever the types', async (test) => {
  const { fake, call, received, id } = await watched(test)
  expect((await call('POST', `/webhooks/${id}/notify`, undefined, asRequest('n'))).status).toBe(200)
  await fake.settled()
  expect(received).toMatchObject([
    {
      headers: { requestid: 'n' },
      event: { type: 'noop', payload: null, accountId, source: 'API' },
    },
  ])
})

it('sends only what is subscribed to, a copy for each subscription, each signed for its client', async (test) => {
  const { fake, call, received, id } = await watched(test)
  const other = fake.addClient()
  const second = await startedReceiver(test)
  const wanted = { key: 'k2', eventTypes: ['matter.updated'], eventNotificationUrl: second.url }
  const { body } = await callerOf(fake, other)('POST', '/webhooks', wanted)
  await call('PATCH', `/tasks/${taskId}`, {})
  await call('PATCH', matter, {}, asRequest('r'))
  await fake.settled()
  expect(typesOf(received)).toEqual(['task.updated', 'matter.updated'])
  expect(typesOf(second.received)).toEqual(['matter.updated'])
  const [copy = expect.fail('no copy')] = second.received
  expect(copy.event).toEqual({ ...received[1]?.event, subscriptionId: body.id })
  expect(received[1]?.event.subscriptionId).toBe(id)
  const parts = { timestamp: String(copy.headers.timestamp), requestId: 'r', clientId: other.clientId }
  expect(copy.headers.signature).toBe(sign(parts, 'k2'))
})

it('sends events of a firm to that firm only, and system events to all', async (test) => {
  const { fake, call } = await startedFake(test, { accounts: [accountId, 'b'] })
  const { url, received } = await startedReceiver(test)
  for (const account of ['b', systemAccountId]) {
    const wanted = { eventTypes: ['mattertype.updated'], eventNotificationUrl: url }
    if (account === 'b') wanted.eventTypes.push('matter.updated')
    await call('POST', `/${account}/webhooks`, wanted)
  }
  await call('PATCH', `/${accountId}${matter}`, {})
  fake.emit({ accountId: systemAccountId, type: 'mattertype.updated', payload: { id: 't_IL' } })
  await fake.settled()
  expect(typesOf(received)).toEqual(['mattertype.updated', 'mattertype.updated'])
  expect(received[0]?.event).toMatchObject({ accountId: systemAccountId, source: 'Smokeball' })
})

it('tells of what a user edits in Smokeball without the RequestId of a caller', async (test) => {
  const { fake, call, received } = await watched(test)
  fake.edit({ accountId, collection: 'matters', id: matterId }, { title: 'By hand' })
  await fake.settled()
  expect(received).toMatchObject([
    { headers: { requestid: '' }, event: { source: 'Smokeball', payload: { title: 'By hand' } } },
  ])
  expect((await call('GET', matter)).body.title).toBe('By hand')
  expect(() => fake.edit({ accountId, collection: 'tasks', id: 'x' }, {})).toThrow('There is no /tasks/x')
})

it('fails a write later whose call asks for that, and no other', async (test) => {
  const { fake, call, received } = await watched(test)
  const headers = { ...asRequest('r-4'), 'X-Fake-Fail': 'The matter is locked.' }
  expect((await call('PATCH', matter, { title: 'No' }, headers)).status).toBe(202)
  await call('PATCH', matter, { title: 'Yes' })
  await fake.settled()
  expect(
    received.map(({ headers, event }) => [headers.requestid, event.type, event.payload.message]),
  ).toEqual([
    ['r-4', 'error', 'The matter is locked.'],
    ['', 'matter.updated', undefined],
  ])
  expect((await call('GET', matter)).body.title).toBe('Yes')
})

it('fails writes later on demand: an error event with their RequestId, and nothing changed', async (test) => {
  const { fake, call, received } = await watched(test)
  fake.failWrites(1, { message: 'Not yours.', method: 'PATCH' })
  expect((await call('PATCH', matter, { title: 'No' }, asRequest('r-3'))).status).toBe(202)
  await fake.settled()
  expect(received).toMatchObject([
    {
      headers: { requestid: 'r-3' },
      event: {
        ...{ type: 'error', accountId, source: 'API' },
        payload: { message: 'Not yours.', resourceName: 'matter', resourceId: matterId },
      },
    },
  ])
  expect(received[0]?.event).not.toHaveProperty('userId')
  expect((await call('GET', matter)).body.title).not.toBe('No')
  await call('PATCH', matter, { title: 'Yes' })
  await fake.settled()
  expect((await call('GET', matter)).body.title).toBe('Yes')
})

it('fails a write whose resource goes before it takes effect', async (test) => {
  const { fake, call, received } = await watched(test, { deliveries: { writeMs: 300 } })
  await call('DELETE', `/tasks/${taskId}`)
  await call('PATCH', `/tasks/${taskId}`, {})
  await fake.settled()
  expect(typesOf(received)).toEqual(['task.deleted', 'error'])
})

it.for([
  ["a task's matter", `/tasks/${taskId}`],
  ["a contact's matter", `/contacts/${contactId}`],
  ['the matter itself', matter],
])('echoes a write indirectly, as an event on %s that nothing connects with it', async ([, path], test) => {
  const { fake, call, received } = await watched(test)
  fake.deliver({ indirectEcho: { afterMs: 50 } })
  await call('PATCH', path ?? '', { note: 'x' }, asRequest('r-4'))
  await fake.settled()
  expect(received).toMatchObject([
    { headers: { requestid: 'r-4' }, event: { source: 'API' } },
    {
      headers: { requestid: '' },
      event: { type: 'matter.updated', source: 'Smokeball', payload: { id: matterId } },
    },
  ])
  expect(received[1]?.event).not.toHaveProperty('userId')
  expect(received[1]?.event.timestamp).toBeGreaterThan(received[0]?.event.timestamp)
})

it('delivers duplicates: the same event, sent again', async (test) => {
  const { fake, call, received } = await watched(test, { deliveries: { duplicates: 2 } })
  await call('PATCH', matter, {}, asRequest('r'))
  await fake.settled()
  expect(received).toHaveLength(3)
  expect(new Set(received.map(({ body }) => body)).size).toBe(1)
  expect(new Set(received.map(({ headers }) => headers.timestamp)).size).toBe(3)
})

it('delivers in order, out of order in pairs, and a lone event after a while', async (test) => {
  const { fake, call, titles, received } = await watched(test)
  const write = async (...texts: string[]) => {
    for (const title of texts) await call('PATCH', matter, { title })
    await fake.settled()
    return titles().splice(-texts.length)
  }
  expect(await write('1', '2', '3', '4')).toEqual(['1', '2', '3', '4'])
  fake.deliver({ outOfOrder: { holdMs: 5_000 } })
  expect(await write('5', '6', '7', '8')).toEqual(['6', '5', '8', '7'])
  fake.deliver({ outOfOrder: { holdMs: 30 } })
  expect(await write('9')).toEqual(['9'])
  fake.deliver({ outOfOrder: { holdMs: 5_000 } })
  expect(await write('10', '11')).toEqual(['11', '10'])
  const ticks = received.slice(4, 6).map(({ event }) => event.timestamp)
  expect(ticks[0]).toBeGreaterThan(ticks[1])
})

it('delivers late what was written before, and what comes after it on time', async (test) => {
  const { fake, call, titles, received } = await watched(test, { deliveries: { lateMs: 300 } })
  await call('PATCH', matter, { title: 'late' })
  fake.deliver({ lateMs: 0 })
  await call('PATCH', matter, { title: 'on time' })
  await fake.settled()
  expect(titles()).toEqual(['on time', 'late'])
  const { headers, event } = received[1] ?? expect.fail('nothing came')
  const sentMs = ticksToEpochMs(parseTicks(String(headers.timestamp)))
  expect(sentMs - ticksToEpochMs(event.timestamp)).toBeGreaterThanOrEqual(290)
})

it('rewrites deliveries into others, several or none', async (test) => {
  const { fake, call, received } = await watched(test)
  fake.rewrite((delivery) => [
    { ...delivery, body: delivery.body.replace('"API"', '"Forged"') },
    { ...delivery, headers: { ...delivery.headers, Signature: 'x' } },
  ])
  await call('PATCH', matter, {})
  await fake.settled()
  expect(received).toMatchObject([{ event: { source: 'Forged' } }, { headers: { signature: 'x' } }])
  fake.rewrite(() => undefined)
  await call('PATCH', matter, {})
  await fake.settled()
  fake.rewrite(undefined)
  await call('PATCH', matter, {})
  await fake.settled()
  expect(received).toHaveLength(3)
  fake.rewrite(() => {
    throw new Error('a mistake in the test')
  })
  await call('PATCH', matter, {})
  await expect(fake.settled()).rejects.toThrow('a mistake in the test')
})

it('gives up on a receiver that does not answer in time, and tells what became of each', async (test) => {
  const options = { deliveryLimitMs: 300 }
  const { fake, call, received, id } = await watched(test, options, (nth) => (nth === 1 ? 'hang' : 401))
  await call('PATCH', matter, {})
  await call('PATCH', matter, {})
  await fake.settled()
  await call('PUT', `/webhooks/${id}`, { eventTypes, eventNotificationUrl: 'http://127.0.0.1:1/' })
  await call('PATCH', matter, {})
  await fake.settled()
  expect(received).toHaveLength(2)
  expect(fake.deliveries).toMatchObject([
    { error: 'no answer within 300 ms' },
    { status: 401 },
    { error: expect.any(String) },
  ])
})

it('tries again what is not taken, if told to, and delivers the rest meanwhile', async (test) => {
  const undocumented = { retry: { times: 2, afterMs: 500 } }
  const { fake, call, titles } = await watched(test, { undocumented }, (nth) => (nth === 1 ? 503 : 200))
  await call('PATCH', matter, { title: '1' })
  await call('PATCH', matter, { title: '2' })
  await fake.settled()
  expect(titles()).toEqual(['1', '2', '1'])

  undocumented.retry.afterMs = 1
  const never = await watched(test, { undocumented }, () => 500)
  await never.call('PATCH', matter, {})
  await never.fake.settled()
  expect(never.received).toHaveLength(3)
})

it('gives up a subscription after failures in a row, if told to', async (test) => {
  const undocumented = { disableAfterFailures: 2, accepts: (status: number) => status === 202 }
  const { fake, call, received } = await watched(test, { undocumented }, (nth) => (nth === 2 ? 202 : 200))
  for (let nth = 0; nth < 6; nth += 1) await call('PATCH', matter, {})
  await fake.settled()
  expect(received).toHaveLength(4)
})

it('sends nothing to a subscription that has gone meanwhile', async (test) => {
  const { fake, call, received } = await watched(test, { deliveries: { lateMs: 200 } })
  await call('PATCH', matter, {})
  fake.loseSubscriptions(accountId)
  await fake.settled()
  expect(received).toHaveLength(0)
})

it('stops in the middle of what is pending', async (test) => {
  const { fake, call, received } = await watched(test, {}, () => 'hang')
  await call('PATCH', matter, {})
  await expect.poll(() => received.length).toBe(1)
  fake.deliver({ lateMs: 60_000 })
  await call('PATCH', matter, {})
  await expect(fake.settled(20)).rejects.toThrow('Not settled within 20 ms')
  await fake.stop()
  await fake.settled()
  expect(received).toHaveLength(1)
  expect(fake.deliveries).toMatchObject([{ error: 'stopped' }])
})

it('makes the same ids and events from the same clock and randomness', async (test) => {
  const told = async () => {
    const random = () => 0.5
    const { fake, call, received, id } = await watched(test, { random })
    const { body } = await call('POST', '/tasks', {})
    await fake.settled()
    return [id, body.id, received.length, fake.credentials.apiKey]
  }
  expect(await told()).toEqual(await told())
})
