import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { on } from '#webhooks'
import { sample, withMember } from '../../../infra/smokeball/sample.ts'
import { resourceKey } from '../../../shared/event/event-identity.ts'
import { eventRecord, writeEvents } from '../../shared/ledger/event-table.ts'
import { type ConsoleWorld, consoleWorld } from './console-world.ts'

const handlers = [
  on('matter.*', { name: 'crm', order: 'every', own: 'handle' }, () => {}),
  on('contact.updated', { name: 'mail' }, () => {
    throw new Error('no mail today')
  }),
]
const hostile = '<script>alert("x")</script> & \u202e\u0007'
const minute = 60_000

let world: ConsoleWorld
const cleanUps: (() => unknown)[] = []
beforeAll(async () => {
  const stops = { onTestFinished: (stop: () => unknown) => void cleanUps.push(stop) }
  world = await consoleWorld(stops, { handlers, maxAttempts: 1 })
  const contact = withMember(
    sample('contact.updated').text,
    ['payload', 'person', 'firstName'],
    JSON.stringify(hostile),
  )
  await world.local.deliver(sample('matter.updated').text)
  await world.local.deliver(sample('matter.updated').text)
  await world.local.deliver(contact, { headers: {} })
  await world.local.deliver(contact, { signature: 'x' })
  await world.local.deliver('not json')
  await world.local.settled()
})
afterAll(() => Promise.all(cleanUps.map((cleanUp) => cleanUp())))

it('tells what it serves, and where refusals are counted', async () => {
  expect(await world.get('deployment')).toEqual({
    ...{ name: 'npm start', isLocal: true, dashboard: null },
    handlers: [
      { name: 'crm', types: ['matter.*'], order: 'every', own: 'handle' },
      { name: 'mail', types: ['contact.updated'], order: 'latest', own: 'skip' },
    ],
    eventTypes: expect.arrayContaining(['matter.updated', 'noop']),
    tableSays: expect.stringMatching(/refused.*not in the table: this run counts them/),
  })
})

it('tells how it is doing, with what the run counted', async () => {
  expect(await world.get('status')).toEqual({
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    ...{ handling: 'enabled', queue: { waiting: 0, inWork: 0 }, deadLetters: { waiting: 2, inWork: 0 } },
    delayed: { waiting: 0, inWork: 0 },
    aside: 0,
    local: { accepted: 3, refused: 1, dropped: 1, quarantined: 1 },
    handlers: 'crm matter.* every handle, mail contact.updated latest skip',
    accounts: [],
    lastDelivery: expect.objectContaining({ status: expect.any(String), reference: expect.any(String) }),
    lastFailure: expect.objectContaining({ type: 'contact.updated', status: 'dead-lettered' }),
  })
})

it('lists what came, filtered, page by page', async () => {
  const { events, cursor, looked, lookedBackTo } = await world.get('events')
  expect(events.map(({ type }: { type: string }) => type).sort()).toEqual([
    'contact.updated',
    'matter.updated',
  ])
  expect([cursor, looked, lookedBackTo]).toEqual([null, 2, null])
  expect((await world.get('events?type=matter.update')).unlisted).toBe(
    "'matter.update' is not on Smokeball's list. Did you mean 'matter.updated'?",
  )
  expect((await world.get('events?type=matter.*')).unlisted).toBeNull()
  const swapped = 'since=2026-07-02T00:00:00Z&until=2026-07-01T00:00:00Z'
  expect((await world.get(`events?${swapped}`)).error).toMatch(/nothing lies between\. Swap them\./)
  const first = await world.get('events?limit=1')
  expect([first.events, first.cursor]).toEqual([[events[0]], expect.any(String)])
  const second = await world.get(`events?limit=1&cursor=${first.cursor}&account=`)
  expect(second.events).toEqual([events[1]])
  const failed = await world.get(
    'events?outcome=failed,dead-lettered&type=contact.*&handler=mail&own=false&late=false',
  )
  expect(failed.events).toHaveLength(0)
  const gaveUp = await world.get('events?outcome=gave-up&handler=mail&since=2026-01-01T00:00:00Z')
  expect(gaveUp.events).toEqual([
    expect.objectContaining({ type: 'contact.updated', status: 'dead-lettered' }),
  ])
  expect((await world.get('events?until=2020-01-01T00:00Z')).events).toEqual([])
})

it.each([
  ...['limit=0', 'limit=201', 'limit=ten', 'outcome=odd', 'outcome=handled,', 'own=yes', 'late=1'],
  ...['since=yesterday', 'until=2026-13-01T00:00:00Z', 'since=2026-07-01', 'cursor=x', 'typ=matter.updated'],
  `account=${'a'.repeat(501)}`,
])('answers 400 to events?%s, and says why', async (query) => {
  const answer = await world.ask(`/console/api/events?${query}`)
  expect([answer.status, answer.json]).toEqual([400, { error: expect.stringMatching(/\.$/) }])
})

it('shows an event with its text, every digit, and a hostile name as text', async () => {
  const { events } = await world.get('events?type=contact.*')
  const answer = await world.ask(`/console/api/events/${events[0].reference}`)
  expect(answer.headers['content-type']).toBe('application/json')
  const event = answer.json
  expect(event).toMatchObject({ ...events[0], handlers: expect.anything(), replays: [], deadLetter: null })
  expect(event.handlers.mail).toMatchObject({
    outcome: 'gave-up',
    error: expect.stringContaining('no mail today'),
  })
  expect(JSON.parse(event.text).payload.person.firstName).toBe(hostile)
  expect(JSON.parse(event.payload).person.firstName).toBe(hostile)
  expect(event.payload).toMatch(/^\{\n {2}"/)
  expect(event.payload).toMatch(/"lastUpdated": \d{18}\b/)
  expect(event.payload.match(/"lastUpdated": (\d+)/)?.[1]).toBe(
    event.text.match(/"lastUpdated": ?(\d+)/)?.[1],
  )
  const byId = await world.get(`events/${event.eventId.slice(0, 12)}`)
  expect(byId).toEqual(event)
})

it.each([
  ['mhikn8rn-00000000', 404],
  ['00000000000000000000000000000000', 404],
  ['%3Cscript%3E', 400],
  ['x', 400],
])('answers events/%s with %d', async (reference, status) => {
  const answer = await world.ask(`/console/api/events/${reference}`)
  expect([answer.status, answer.json]).toEqual([status, { error: expect.any(String) }])
})

it('shows a resource in event order, and the ledger in words', async () => {
  const { events } = await world.get('events?type=matter.*')
  const [{ accountId, resource, resourceKey: key }] = events
  expect(key).toBe(resourceKey(accountId, resource.kind, resource.id))
  const shown = await world.get(`resources?key=${encodeURIComponent(key)}`)
  expect(shown).toMatchObject({
    cursor: null,
    state: { fence: expect.any(Number), seen: [{ action: 'updated', origin: 'foreign' }] },
  })
  expect(shown.events).toEqual([events[0]])
  expect(shown.words).toEqual([
    'The newest of its events that was seen:',
    expect.stringMatching(/^updated: /),
    'No invocation works on it.',
  ])
  expect(await world.get('resources?key=nobody|contact|none')).toEqual({
    events: [],
    cursor: null,
    words: [],
    state: null,
  })
  for (const wrong of ['?key=a|b|c&cursor=x', '', '?key=', '?key=a|b', '?key=a|b|%25', '?key=a|b|c|d'])
    expect((await world.ask(`/console/api/resources${wrong}`)).status).toBe(400)
})

it.each([...['a/b', 'a%2Fb', 'a|b', '50%', 'ü 😀 ?#', '<script>', ' ', 'x\ud800', '長'.repeat(100)]])(
  'finds the resource %j',
  async (id) => {
    const client = new DynamoDBClient(world.local.dynamodb)
    const key = resourceKey('firm / 1', 'contact', id)
    const record = eventRecord({ resourceKey: key, receivedEpochMs: 1_000 })
    await writeEvents({ client, tableName: world.local.tableName }, [record])
    client.destroy()
    const listed = await world.get('events?account=firm / 1'.replaceAll(' ', '%20'))
    const told = listed.events.find(({ eventId }: { eventId: string }) => eventId === record.eventId)
    const { events } = await world.get(`resources?key=${encodeURIComponent(told.resourceKey)}`)
    expect(events).toEqual([expect.objectContaining({ eventId: record.eventId, resourceKey: key })])
  },
)

it('counts each minute by outcome, with what the handlers took', async () => {
  const answer = await world.get('minutes?minutes=5')
  expect(answer).toMatchObject({ looked: 2, isPartial: false, minutes: { length: 5 } })
  const gap = (index: number) =>
    Date.parse(answer.minutes[index + 1].at) - Date.parse(answer.minutes[index].at)
  expect([0, 1, 2, 3].map(gap)).toEqual([minute, minute, minute, minute])
  expect(answer.from).toBe(answer.minutes[0].at)
  const counts = answer.minutes.flatMap(({ outcomes }: { outcomes: object }) => Object.entries(outcomes))
  expect(counts).toEqual(
    expect.arrayContaining([
      ['handled', 1],
      ['dead-lettered', 1],
    ]),
  )
  const last = answer.minutes.findLast(({ p50 }: { p50: number | null }) => p50 !== null)
  expect(last.p95).toBeGreaterThanOrEqual(last.p50)
  expect(answer.minutes[0]).toMatchObject({ outcomes: {}, p50: null, p95: null })
  for (const wrong of ['0', '181', 'x'])
    expect((await world.ask(`/console/api/minutes?minutes=${wrong}`)).status).toBe(400)
})
