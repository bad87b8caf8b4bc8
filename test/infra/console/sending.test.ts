import { expect, it } from 'vitest'
import { on } from '#webhooks'
import { type Console, consoleWorld } from './console-world.ts'

const handlers = [
  on('matter.*', { name: 'crm' }, () => {}),
  on(['matter.updated', 'task.updated'], { name: 'log', order: 'every' }, () => {}),
]

interface Sent {
  deliveries: { what: string; status: number; event: string; resourceId: string }[]
  explains: string
}

async function send({ post }: Console, type: string, fault: string, resourceId?: string): Promise<Sent> {
  return (await post('send', { type, fault, ...(resourceId !== undefined && { resourceId }) })).json as Sent
}

it('sends a sample of a new resource each time, or of one that is named', async (context) => {
  const world = await consoleWorld(context, { handlers })
  const [first, second] = [
    await send(world, 'matter.updated', 'none'),
    await send(world, 'matter.updated', 'none'),
  ]
  expect(first).toEqual({
    deliveries: [
      {
        what: 'an event',
        status: 200,
        event: expect.stringMatching(/^[0-9a-f]{8}$/),
        resourceId: expect.any(String),
      },
    ],
    explains: 'It is accepted as soon as the queue has it, and then each handler handles it once.',
  })
  const [id, other] = [first, second].map(({ deliveries }) => deliveries[0]?.resourceId)
  expect(id).not.toBe(other)
  expect((await send(world, 'matter.updated', 'none', id)).deliveries[0]?.resourceId).toBe(id)
  await world.local.settled()
  const event = await world.get(`events/${first.deliveries[0]?.event}`)
  expect(event).toMatchObject({ status: 'handled', resource: { kind: 'matter', id } })
})

it('shows what becomes of a copy, a late one and one that another key signed', async (context) => {
  const world = await consoleWorld(context, { handlers })
  const copy = await send(world, 'matter.updated', 'duplicate')
  expect(copy.deliveries.map(({ status }) => status)).toEqual([200, 200])
  expect(copy.deliveries[0]?.event).toBe(copy.deliveries[1]?.event)
  expect(copy.explains).toMatch(/the queue drops the second as a copy/)

  const late = await send(world, 'matter.updated', 'late')
  const [newer, older] = late.deliveries
  expect(late.deliveries.map(({ what }) => what)).toEqual(['the newer event', 'the older event, late'])
  expect(newer?.resourceId).toBe(older?.resourceId)
  expect(late.explains).toMatch(/is superseded for crm, and handled, marked as late/)
  expect((await send(world, 'task.updated', 'late')).explains).toMatch(
    /the older one is handled all the same/,
  )
  expect((await send(world, 'matter.created', 'late')).explains).toMatch(
    /the older one is superseded: no handler sees/,
  )

  const forged = await send(world, 'contact.updated', 'bad-signature')
  expect([forged.deliveries[0]?.status, forged.explains]).toEqual([
    401,
    expect.stringMatching(/refused with 401/),
  ])
  expect((await send(world, 'contact.updated', 'none')).explains).toMatch(/recorded as unhandled\.$/)
  expect((await send(world, 'noop', 'duplicate')).deliveries).toHaveLength(2)

  await world.local.settled()
  expect((await world.get('status')).local).toMatchObject({ refused: 1, dropped: 2 })
  const handled = await Promise.all([newer, older].map((each) => world.get(`events/${each?.event}`)))
  expect(handled.map((event) => event.handlers.crm.outcome)).toEqual(['handled', 'superseded'])
  expect(handled.map((event) => event.handlers.log.outcome)).toEqual(['handled', 'handled'])
  expect(Date.parse(handled[0].happened)).toBeGreaterThanOrEqual(Date.parse(handled[1].happened))
  expect(BigInt(handled[0].ticks)).toBeGreaterThan(BigInt(handled[1].ticks))
})
