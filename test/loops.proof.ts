import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, type TestContext } from 'vitest'
import { on, SmokeballError, type SmokeballEvent } from '#webhooks'
import type { Local, StartLocalOptions } from '#webhooks/testing'
import type { FakeSmokeball } from '../infra/fake-smokeball/fake-smokeball.ts'
import type { Handler } from '../shared/handling/handler-registry.ts'
import { type BesideFake, besideFake } from './beside-fake.ts'
import { takeAll } from './functions/queue-contents.ts'
import { contactId, matterId, taskId } from './infra/fake-smokeball/fake-smokeball-started.ts'

const path = `/matters/${matterId}`
const note = (text: string) => JSON.stringify({ description: text })

/** Writes back to the matter whenever it changes: what loops, if nothing stops it. */
function writesBack(seen: SmokeballEvent[], options: Partial<Parameters<typeof on>[1]> = {}): Handler {
  return on('matter.updated', { name: 'write-back', ...options }, async (event, { smokeball }) => {
    seen.push(event)
    await smokeball.fetch(path, { method: 'PATCH', body: note(`seen ${seen.length}`) })
  })
}

/** Until neither Smokeball nor the pipeline has anything left to do. */
async function quiet({ local, fake }: BesideFake): Promise<void> {
  for (let calm = 0; calm < 3; ) {
    await fake.settled()
    await local.settled()
    calm = (await local.pending()) === 0 ? calm + 1 : 0
    await sleep(20)
  }
}

const eventLines = ({ lines }: Local) =>
  lines.flatMap(({ source, message }) =>
    source === 'consumer' && typeof message === 'object' && typeof message.event === 'string'
      ? [message]
      : [],
  )
const outcomes = (local: Local) => eventLines(local).map(({ event }) => event)
const writes = (fake: FakeSmokeball) => fake.requests.filter(({ method }) => method === 'PATCH')
const edit = ({ fake, accountId }: BesideFake, title: string) =>
  fake.edit({ accountId, collection: 'matters', id: matterId }, { title })

async function world(context: TestContext, handlers: Handler[], more: Partial<StartLocalOptions> = {}) {
  return besideFake(context, { handlers, ...more })
}

describe('our own writes', () => {
  // 1. a user edits a matter, 2. its event comes, 3. the handler writes back, 4. Smokeball sends the event of that write,
  // 5. which would be handled like the first: https://docs.smokeball.com, "Avoiding update loops".
  it.for([{ overtake: false }, { overtake: true }])(
    'come back as events that no handler takes for work, and the loop of five steps ends after one round (%o)',
    async (rules, context) => {
      const seen: SmokeballEvent[] = []
      const made = await world(context, [writesBack(seen)])
      made.fake.deliver(rules)
      edit(made, 'changed by a user')
      await quiet(made)
      expect(seen.map(({ own }) => own)).toEqual([false])
      expect(writes(made.fake)).toHaveLength(1)
      expect(outcomes(made.local).toSorted()).toEqual(['handled', 'own'])
    },
  )

  it('are handled by a handler that asks for them, which knows them', async (context) => {
    const seen: SmokeballEvent[] = []
    const once = on(
      'matter.updated',
      { name: 'both', own: 'handle', order: 'every' },
      async (event, { smokeball }) => {
        seen.push(event)
        if (!event.own) await smokeball.fetch(path, { method: 'PATCH', body: note('once') })
      },
    )
    const made = await world(context, [once])
    edit(made, 'changed by a user')
    await quiet(made)
    expect(seen.map(({ own }) => own)).toEqual([false, true])
  })

  it('may have RequestIds of any form, which the handlers know', async (context) => {
    const seen: SmokeballEvent[] = []
    const handler = on('matter.updated', { name: 'see' }, (event) => void seen.push(event))
    const made = await world(context, [handler], { isOwn: (requestId) => requestId.startsWith('crm-') })
    for (const requestId of ['crm-7', 'other-7'])
      made.fake.emit({
        ...{ accountId: made.accountId, type: 'matter.updated', requestId },
        payload: { id: `of ${requestId}` },
      })
    await quiet(made)
    expect(seen.map(({ requestId }) => requestId)).toEqual(['other-7'])
    expect(outcomes(made.local).toSorted()).toEqual(['handled', 'own'])
  })
})

describe('a write that fails later', () => {
  it('finds its cause: the call, its handler, event and reference', async (context) => {
    const errors: SmokeballEvent[] = []
    const made = await world(context, [
      on('matter.updated', { name: 'sync' }, (_, { smokeball }) =>
        smokeball.fetch(path, { method: 'PATCH', body: note('x'), reference: 'invoice 7' }),
      ),
      on('error', { name: 'explain' }, (event) => void errors.push(event)),
    ])
    made.fake.failWrites(1, { message: 'The matter is locked.' })
    edit(made, 'changed by a user')
    await quiet(made)
    expect(errors).toHaveLength(1)
    const [error] = errors
    const cause = {
      method: 'PATCH',
      path,
      handler: 'sync',
      reference: 'invoice 7',
      accountId: made.accountId,
    }
    expect(error).toMatchObject({ own: true, payload: { message: 'The matter is locked.' }, cause })
    const first = eventLines(made.local).find(({ type }) => type === 'matter.updated')
    expect(first?.id).toMatch(new RegExp(`-${error?.cause?.eventId?.slice(0, 8)}$`))
  })

  it('of the user’s own backend finds the cause that was recorded, and one that nobody recorded has none', async (context) => {
    const errors: SmokeballEvent[] = []
    const made = await world(context, [on('error', { name: 'explain' }, (event) => void errors.push(event))])
    const { accountId } = made
    const write = { accountId, method: 'PUT', path: '/contacts/1', reference: 'import 3' }
    const { requestId } = (await made.local.keeper.invoke({ recordWrite: write })) as { requestId: string }
    for (const each of [requestId, 'of-somebody-else'])
      made.fake.emit({ accountId, type: 'error', requestId: each, payload: { message: each } })
    await quiet(made)
    const causes = Object.fromEntries(errors.map((event) => [event.requestId, event.cause]))
    expect(causes[requestId]).toMatchObject(write)
    expect(Object.keys(causes)).toHaveLength(2)
    expect(causes['of-somebody-else']).toBeUndefined()
    expect(errors.find((event) => event.requestId === requestId)?.own).toBe(true)
  })

  it('is recorded by a handler that writes by other means', async (context) => {
    const errors: SmokeballEvent[] = []
    const made = await world(context, [
      on('matter.updated', { name: 'other-means' }, async ({ accountId }, { smokeball }) => {
        const requestId = await smokeball.recordWrite({ method: 'POST', path: '/memos', reference: 'memo' })
        made.fake.emit({ accountId, type: 'error', requestId, payload: { message: 'no' } })
      }),
      on('error', { name: 'explain' }, (event) => void errors.push(event)),
    ])
    edit(made, 'changed by a user')
    await quiet(made)
    expect(errors).toMatchObject([
      { own: true, cause: { path: '/memos', handler: 'other-means', reference: 'memo' } },
    ])
  })
})

it('a call that Smokeball refuses throws its problem, and the handler decides', async (context) => {
  const refused: unknown[] = []
  const made = await world(context, [
    on('matter.updated', { name: 'look' }, async (_, { smokeball }) => {
      const answer = await smokeball.fetch('/matters/none').catch((error: unknown) => error)
      refused.push(answer instanceof SmokeballError && [answer.status, answer.title, answer.advice.text])
    }),
  ])
  edit(made, 'changed by a user')
  await quiet(made)
  expect(refused).toEqual([[404, 'Not Found', expect.stringContaining('Check path and id')]])
  expect(outcomes(made.local)).toEqual(['handled'])
})

describe('the circuit breaker', () => {
  const guard = { loopGuard: { writes: 3, minutes: 10 } }

  it('stops a loop that no RequestId shows, and parks what comes after', async (context) => {
    const seen: SmokeballEvent[] = []
    const made = await world(context, [writesBack(seen, guard)])
    // Each write comes back on the resource itself without a RequestId, beside the event that has it.
    made.fake.deliver({ indirectEcho: { afterMs: 0 } })
    edit(made, 'changed by a user')
    await quiet(made)
    expect(seen).toHaveLength(4)
    expect(writes(made.fake)).toHaveLength(4)
    const letters = await takeAll(made.local.sqs, made.local.deadLetterQueueUrl)
    // The user's edit has such an echo, too.
    expect(letters).toHaveLength(2)
    const reason = /^loop suspected: write-back: it wrote to Smokeball 4 times within 10 minutes/
    for (const { attributes } of letters) expect(attributes.reason).toMatch(reason)
    const trips = made.local.lines.filter(({ message }) => typeof message === 'object' && message.loop)
    const trip = { loop: 'suspected', handler: 'write-back', type: 'matter.updated' }
    expect(trips).toMatchObject([trip, trip].map((message) => ({ level: 'warn', message })))
  })

  it('lets busy editing pass, and a handler that writes nothing', async (context) => {
    const seen: SmokeballEvent[] = []
    const made = await world(context, [
      on('matter.updated', { name: 'watch', order: 'every' }, (event) => void seen.push(event)),
    ])
    for (let nth = 0; nth < 200; nth++) edit(made, `title ${nth}`)
    await quiet(made)
    expect(seen).toHaveLength(200)
    expect(new Set(outcomes(made.local))).toEqual(new Set(['handled']))
  })

  it('is off where the handler says so, and never parks own events', async (context) => {
    const seen: SmokeballEvent[] = []
    const many = on('matter.updated', { name: 'many', loopGuard: 'off' }, async (_, { smokeball }) => {
      for (let nth = 0; nth < 5; nth++) await smokeball.fetch(path, { method: 'PATCH', body: note(`${nth}`) })
    })
    const sees = on('matter.updated', { name: 'sees', own: 'handle', order: 'every', ...guard }, (event) => {
      seen.push(event)
    })
    const made = await world(context, [many, sees])
    for (const title of ['one', 'two']) {
      edit(made, title)
      await quiet(made)
    }
    expect(seen.filter(({ own }) => own)).toHaveLength(10)
    expect(new Set(outcomes(made.local))).toEqual(new Set(['handled']))
  })

  it('counts the writes for each resource alone', async (context) => {
    const touching = { name: 'touch', order: 'every', loopGuard: { writes: 1, minutes: 1 } } as const
    const made = await world(context, [
      on(['task.updated', 'contact.updated'], touching, ({ resource: { kind, id } }, { smokeball }) =>
        smokeball.fetch(`/${kind}s/${id}`, { method: 'PATCH', body: '{"touched":true}' }),
      ),
    ])
    const touch = async (collection: 'tasks' | 'contacts', id: string) => {
      made.fake.edit({ accountId: made.accountId, collection, id }, { at: String(performance.now()) })
      await quiet(made)
    }
    for (let time = 0; time < 3; time++) await touch('tasks', taskId)
    await touch('contacts', contactId)
    const foreign = eventLines(made.local).filter(({ event }) => event !== 'own')
    expect(foreign.map(({ type, event }) => `${type} ${event}`)).toEqual([
      ...['task.updated handled', 'task.updated handled', 'task.updated dead-lettered'],
      'contact.updated handled',
    ])
  })
})
