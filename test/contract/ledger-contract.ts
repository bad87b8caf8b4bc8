import { randomBytes, randomUUID } from 'node:crypto'
import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { beforeEach, describe, expect, it } from 'vitest'
import { parseTicks } from '../../shared/event/ticks.ts'
import { readBody } from '../../shared/ledger/event-body.ts'
import { eventSortKey, knownOfBody } from '../../shared/ledger/event-item.ts'
import { maxSlots, sharedSlot } from '../../shared/ledger/ledger-slots.ts'
import { itemBytes } from '../bench/item-size.ts'
import { fencesGrow } from './fence-contract.ts'
import { type Client, day, ledgerUnderTest, startEpochMs, type TableEngine } from './ledger-under-test.ts'
import { marksAreCounted } from './marks-contract.ts'
import { recoveredAreClaimedOnce } from './recovered-contract.ts'
import { retriesKeepTheBody, retriesWaitTheirTurn } from './retry-contract.ts'

const finished = ['handled', 'superseded', 'own', 'unhandled', 'dead-lettered', 'dropped'] as const

/** What the ledger promises, on whatever engine its table lies. */
export function ledgerContract(name: string, engineOf: () => TableEngine): void {
  describe(`ledger contract: ${name}`, () => {
    const table = ledgerUnderTest(engineOf)
    const { ledgerOn, request, claim, record, finish, item, later } = table
    beforeEach(table.begin)

    it('claims a new event and a newer one as first, with a fence that grows', async () => {
      expect(await claim('e1', 1)).toMatchObject({ kind: 'first', fence: startEpochMs, previous: undefined })
      const second = await claim('e2', 2)
      expect(second).toMatchObject({ kind: 'first', fence: startEpochMs + 1 })
      expect('seen' in second && second.seen.get('a#f#updated')).toMatchObject({ ticks: 1n, eventId: 'e1' })
    })

    it('tells a finished event to be a duplicate, whatever it came to', async () => {
      for (const [index, status] of (['handled', 'superseded', 'own', 'unhandled'] as const).entries()) {
        const claimed = await claim(`e${index}`, index)
        await finish(`e${index}`, index, claimed, { status })
        expect(await claim(`e${index}`, index)).toEqual({ kind: 'duplicate' })
      }
    })

    it('runs a failed event again, with what was recorded of it', async () => {
      await finish('e1', 1, await claim('e1', 1), {
        status: 'failed',
        handlers: { h: { outcome: 'failed', failures: 2, waits: 1, notBeforeEpochMs: 9, error: 'Error: x' } },
        attempts: 3,
      })
      expect(await claim('e1', 1)).toMatchObject({
        kind: 'retry',
        fence: startEpochMs + 1,
        previous: {
          status: 'failed',
          attempts: 3,
          fence: startEpochMs,
          handlers: {
            h: { outcome: 'failed', failures: 2, waits: 1, notBeforeEpochMs: 9, error: 'Error: x' },
          },
          delivery: {
            requestId: 'r',
            sentTicks: 639170696424691361n,
            subscriptionId: 's',
            source: undefined,
          },
        },
      })
    })

    it('leaves a held event alone until its lease is over', async () => {
      await claim('e1', 1)
      expect(await claim('e1', 1)).toEqual({ kind: 'busy', untilEpochMs: startEpochMs + 35_000 })
      later(34_999)
      expect(await claim('e1', 1)).toMatchObject({ kind: 'busy' })
      later(1)
      expect(await claim('e1', 1)).toMatchObject({ kind: 'retry', fence: startEpochMs + 35_000 })
    })

    it('lets another event of the resource in while one is held', async () => {
      await claim('e2', 2)
      expect(await claim('e1', 1)).toMatchObject({ kind: 'late' })
      expect(await claim('e3', 3)).toMatchObject({ kind: 'first' })
    })

    it('runs an event again whose holder is through, before the lease is over', async () => {
      await finish('e1', 1, await claim('e1', 1), { status: 'failed' })
      expect(await claim('e1', 1)).toMatchObject({ kind: 'retry' })
      expect(await claim('e1', 1)).toMatchObject({ kind: 'busy' })
    })

    it('tells late events and ties apart', async () => {
      await claim('e5', 5)
      expect(await claim('e4', 4)).toMatchObject({ kind: 'late', previous: undefined })
      expect(await claim('tie', 5)).toMatchObject({ kind: 'first', previous: undefined })
    })

    it('keeps actions and origins apart', async () => {
      await claim('e5', 5)
      expect(await claim('created', 1, { type: 'contact.created' })).toMatchObject({ kind: 'first' })
      const own = await claim('own', 1, { origin: 'own' })
      expect(own).toMatchObject({ kind: 'first', fence: startEpochMs + 2 })
      expect('seen' in own && [...own.seen.keys()].toSorted()).toEqual(['a#f#created', 'a#f#updated'])
    })

    it.each([
      ['contact', 'contact'],
      ['contact.', 'contact.'],
      ['contact.lease', 'contact.lease'],
      ['contact.fence', 'contact.fence'],
      ['contact.a#b', 'contact.a#b'],
      ['of 3,000 characters', `contact.${'x'.repeat(3000)}`],
      ['contact.😀', 'contact.😀'],
    ])('takes the type %s', async (_, type) => {
      expect(await claim('e2', 2, { type })).toMatchObject({ kind: 'first' })
      expect(await claim('e1', 1, { type })).toMatchObject({ kind: 'late' })
      expect(await claim('e3', 3, { type })).toMatchObject({ kind: 'first', fence: startEpochMs + 2 })
    })

    it('compares ticks in their last digit', async () => {
      const ticks = (digits: string) => ({ ticks: parseTicks(digits) })
      await claim('a', 0, ticks('639170696424691361'))
      expect(await claim('b', 0, ticks('639170696424691360'))).toMatchObject({ kind: 'late' })
      expect(await claim('c', 0, ticks('639170696424691362'))).toMatchObject({ kind: 'first' })
    })

    it('knows its own claim when the SDK repeats a write whose answer was lost', async () => {
      const twice = ledgerOn(repeating(engineOf().client))
      expect(await twice.claim(request('e1', 1))).toMatchObject({ kind: 'first', fence: startEpochMs })
      await finish(
        'e1',
        1,
        { kind: 'first', fence: startEpochMs, seen: new Map(), writes: new Map(), previous: undefined },
        { status: 'failed' },
      )
      expect(await twice.claim(request('e1', 1))).toMatchObject({
        kind: 'retry',
        fence: startEpochMs + 1,
        previous: { status: 'failed' },
      })
      expect(await twice.claim(request('e0', 0))).toMatchObject({ kind: 'late', fence: startEpochMs + 2 })
    })

    it('gives up an event whose workers died four times in a row', async () => {
      for (const kind of ['first', 'retry', 'retry', 'retry', 'crashed', 'crashed']) {
        expect(await claim('e1', 1)).toMatchObject({ kind })
        later(40_000)
      }
    })

    it('forgets deaths once a worker came through', async () => {
      for (let death = 0; death < 3; death++) {
        await claim('e1', 1)
        later(40_000)
      }
      await finish('e1', 1, await claim('e1', 1), { status: 'failed' })
      for (const kind of ['retry', 'retry', 'retry', 'retry', 'crashed']) {
        expect(await claim('e1', 1)).toMatchObject({ kind })
        later(40_000)
      }
    })

    it('opens a dead letter for its redrive alone, and once', async () => {
      const claimed = await claim('e1', 1)
      await finish('e1', 1, claimed, { status: 'dead-lettered', reason: 'why' })
      expect(await claim('e1', 1)).toEqual({ kind: 'duplicate' })
      const again = await claim('e1', 1, { redrivenFence: startEpochMs })
      expect(again).toMatchObject({
        kind: 'retry',
        fence: startEpochMs + 1,
        previous: { status: 'dead-lettered', reason: 'why' },
      })
      await finish('e1', 1, again, { status: 'dead-lettered', reason: 'why' })
      expect(await claim('e1', 1, { redrivenFence: startEpochMs })).toEqual({ kind: 'duplicate' })
      expect(await claim('e1', 1, { redrivenFence: startEpochMs + 1 })).toMatchObject({ kind: 'retry' })
    })

    it('opens whatever is finished for a replay, until that is recorded', async () => {
      const replays = [{ id: 'again', atEpochMs: startEpochMs, outcome: 'superseded' as const }]
      for (const [at, status] of finished.entries()) {
        const [eventId, replayId] = [`e${at}`, 'again']
        await finish(eventId, at, await claim(eventId, at), { status, ...(at === 0 && { replays: [] }) })
        const again = await claim(eventId, at, { replayId })
        expect(again).toMatchObject({ kind: 'retry', previous: { status } })
        expect(await claim(eventId, at, { replayId: 'other' })).toMatchObject({ kind: 'busy' })
        await finish(eventId, at, again, { status, replays })
        expect(await claim(eventId, at, { replayId })).toEqual({ kind: 'duplicate' })
        expect(await claim(eventId, at)).toEqual({ kind: 'duplicate' })
        later(40_000)
        // A ledger of its own for each.
        table.nextResource()
      }
    })

    it('lets a replay that failed go on, and others after it', async () => {
      const run = { id: 'again', atEpochMs: startEpochMs }
      const replays = [{ ...run, outcome: 'failed' as const }]
      await finish('e1', 1, await claim('e1', 1))
      const failing = await claim('e1', 1, { replayId: 'again' })
      await finish('e1', 1, failing, { status: 'failed', replays })
      const next = await claim('e1', 1, { replayId: 'again' })
      expect(next).toMatchObject({ kind: 'retry', previous: { status: 'failed', replays } })
      await finish('e1', 1, next, { replays: [{ ...run, outcome: 'handled' }] })
      expect(await claim('e1', 1, { replayId: 'again' })).toEqual({ kind: 'duplicate' })
      expect(await claim('e1', 1, { replayId: 'once more' })).toMatchObject({
        previous: { replays: [{ id: 'again', outcome: 'handled' }] },
      })
    })

    it('keeps to the newest that was seen when an older event is replayed', async () => {
      await finish('e1', 1, await claim('e1', 1))
      await finish('e2', 2, await claim('e2', 2))
      const again = await claim('e1', 1, { replayId: 'again' })
      expect('seen' in again && again.seen.get('a#f#updated')).toMatchObject({ ticks: 2n, eventId: 'e2' })
      await finish('e1', 1, again)
      expect((await item('ledger'))['a#f#updated']?.M).toMatchObject({ e: { S: 'e2' } })
    })

    it('runs a replay though the event, or its ledger, is there no more', async () => {
      await claim('e1', 1)
      later(31 * day)
      expect(await claim('e1', 1)).toEqual({ kind: 'duplicate' })
      expect(await claim('e1', 1, { replayId: 'again' })).toMatchObject({
        kind: 'retry',
        previous: undefined,
      })
      expect(await claim('e9', 1, { resourceKey: `new|${randomUUID()}`, replayId: 'again' })).toMatchObject({
        ...{ kind: 'first', fence: startEpochMs + 31 * day },
      })
    })

    it('gives a replay up whose worker dies each time', async () => {
      await finish('e1', 1, await claim('e1', 1))
      for (const kind of ['retry', 'retry', 'retry', 'retry', 'crashed']) {
        expect(await claim('e1', 1, { replayId: 'again' })).toMatchObject({ kind })
        later(40_000)
      }
    })

    it('keeps the last 20 replays of an event', async () => {
      const replays = Array.from({ length: 25 }, (_, at) => ({
        ...{ id: `r${at}`, atEpochMs: at, outcome: 'handled' as const },
      }))
      await finish('e1', 1, await claim('e1', 1), { replays })
      expect(await claim('e1', 1, { replayId: 'r5' })).toEqual({ kind: 'duplicate' })
      expect(await claim('e1', 1, { replayId: 'r4' })).toMatchObject({
        previous: { replays: replays.slice(5) },
      })
    })

    it('remembers an event in the ledger longer than its own item lasts', async () => {
      await claim('e1', 1)
      later(30 * day - 1)
      expect(await claim('e1', 1)).toMatchObject({ kind: 'retry' })
      later(2)
      expect(await claim('e1', 1)).toEqual({ kind: 'duplicate' })
    })

    it('lets further actions of a full ledger share a slot', async () => {
      for (let action = 0; action < maxSlots + 3; action++) {
        expect(await claim(`e${action}`, 5, { type: `contact.a${action}` })).toMatchObject({ kind: 'first' })
        if (action > maxSlots) later(1)
      }
      const ledger = await item('ledger')
      expect(Object.keys(ledger).filter((attribute) => attribute.startsWith('a#'))).toHaveLength(maxSlots + 1)
      expect(ledger[sharedSlot('foreign')]).toBeDefined()
    })

    it('gives each listed action a slot of its own in a full ledger, and leaves its order alone', async () => {
      for (let action = 0; action < maxSlots + 3; action++)
        await claim(`e${action}`, 9, { type: `contact.forged-${action}` })
      expect((await item('ledger')).full).toEqual({ BOOL: true })
      for (const action of ['created', 'updated', 'deleted', 'restored'])
        expect(await claim(action, 5, { type: `contact.${action}` })).toMatchObject({ kind: 'first' })
      expect(await claim('older', 4, { type: 'contact.restored' })).toMatchObject({ kind: 'late' })
      expect(Object.keys(await item('ledger'))).toEqual(
        expect.arrayContaining(['a#f#created', 'a#f#updated', 'a#f#deleted', 'a#f#restored']),
      )
    })

    it('keeps a ledger short, however many and however long the actions that are made up', async () => {
      for (let nth = 0; nth < 100; nth++) {
        const action = `${nth}`.padEnd(nth % 2 === 0 ? 64 : 5_000, 'x')
        const origin = nth % 3 === 0 ? 'own' : 'foreign'
        await claim(`e${nth}`, nth, { type: `contact.${action}`, origin })
      }
      for (const action of ['created', 'updated', 'deleted', 'restored'])
        for (const origin of ['own', 'foreign'] as const)
          await claim(action + origin, 200, { type: `contact.${action}`, origin })
      expect(itemBytes(await item('ledger'))).toBeLessThan(2_560)
    })

    it('lets the shared slot keep the order of what shares it', async () => {
      for (let action = 0; action <= maxSlots; action++)
        await claim(`e${action}`, 1, { type: `contact.a${action}` })
      expect(await claim('x6', 6, { type: 'contact.x' })).toMatchObject({ kind: 'first' })
      expect(await claim('y5', 5, { type: 'contact.y' })).toMatchObject({ kind: 'late' })
      expect(await claim('a2', 2, { type: 'contact.a0' })).toMatchObject({ kind: 'first' })
      expect(await claim('x6', 6, { type: 'contact.x' })).toMatchObject({ kind: 'retry' })
    })

    it('gives one of many workers an event, and none two', async () => {
      const claims = await Promise.all(Array.from({ length: 8 }, () => claim('e1', 1)))
      expect(claims.map(({ kind }) => kind).toSorted()).toEqual([...Array(7).fill('busy'), 'first'])
    })

    it('gives one of many workers a lease that is over', async () => {
      await claim('e1', 1)
      later(40_000)
      const claims = await Promise.all(Array.from({ length: 5 }, () => claim('e1', 1)))
      expect(claims.filter(({ kind }) => kind === 'retry')).toHaveLength(1)
      expect(claims.filter(({ kind }) => kind === 'busy')).toHaveLength(4)
    })

    it('gives each claim on a resource a fence of its own', async () => {
      const claims = await Promise.all(Array.from({ length: 6 }, (_, index) => claim(`e${index}`, index)))
      const fences = claims.flatMap((claimed) => ('fence' in claimed ? [claimed.fence] : []))
      expect(fences.length).toBeGreaterThan(0)
      expect(new Set(fences).size).toBe(fences.length)
    })

    it('does not let a stale worker overwrite its successor', async () => {
      const stale = await claim('e1', 1)
      later(40_000)
      const successor = await claim('e1', 1)
      expect(await finish('e1', 1, successor)).toBe('recorded')
      expect(await finish('e1', 1, stale, { status: 'failed' })).toBe('outdated')
      expect((await item(eventSortKey({ ticks: parseTicks('1'), eventId: 'e1' }))).status?.S).toBe('handled')
    })

    it('records an outcome twice without harm, as a lost answer makes it', async () => {
      const claimed = await claim('e1', 1)
      expect(await finish('e1', 1, claimed)).toBe('recorded')
      expect(await finish('e1', 1, claimed)).toBe('recorded')
    })

    it('keeps items as long as it should, and lists events in the feed', async () => {
      await finish('e1', 1, await claim('e1', 1))
      const event = await item(eventSortKey({ ticks: parseTicks('1'), eventId: 'e1' }))
      expect(Number(event.ttl?.N)).toBe((startEpochMs + 30 * day) / 1000)
      expect(Number((await item('ledger')).ttl?.N)).toBe((startEpochMs + 400 * day) / 1000)
      expect(event.feedShard?.S).toMatch(/^[0-3]$/)
      expect(event.feedAt?.S).toBe(`${startEpochMs}#e1`)
    })

    it('splits a body that does not fit, under the fence of its record', async () => {
      const text = randomBytes(600_000).toString('base64')
      const claimed = await claim('e1', 1)
      await finish('e1', 1, claimed, { text })
      const event = await item(eventSortKey({ ticks: parseTicks('1'), eventId: 'e1' }))
      expect(event.body).toBeUndefined()
      const parts = await Promise.all(
        Array.from({ length: Number(event.parts?.N) }, (_, part) =>
          item(`body#0000000000000000001#e1#${startEpochMs}#${part}`),
        ),
      )
      const pieces = parts.map(({ body }) => body?.B ?? new Uint8Array())
      expect(readBody(pieces, knownOfBody(event, true))).toBe(text)
    })

    it('fits whatever facts and failures a body can make', async () => {
      const long = 'ä'.repeat(100_000)
      const error = { outcome: 'failed', failures: 1, waits: 0, error: long } as const
      const handlers = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`h${index}`, error]))
      const delivery = {
        requestId: long,
        sentTicks: undefined,
        receivedEpochMs: 0,
        subscriptionId: long,
        source: long,
        userId: long,
      }
      const recorded = finish('e1', 1, await claim('e1', 1), {
        type: long,
        handlers,
        delivery,
        reason: long,
        text: randomBytes(200_000).toString('base64'),
      })
      expect(await recorded).toBe('recorded')
    })

    describe('writes of handlers', () => {
      const windowMs = 600_000
      const count = (handler: string, client = engineOf().client) =>
        ledgerOn(client).countWrite(
          { resourceKey: table.resourceKey(), handler, windowMs },
          new AbortController().signal,
        )
      const counted = async (eventId: string, ticks: number) => {
        const claimed = await claim(eventId, ticks)
        return 'writes' in claimed ? Object.fromEntries(claimed.writes) : claimed
      }

      it('are counted by handler, and come back with the next claim', async () => {
        expect(await counted('e1', 1)).toEqual({})
        for (const handler of ['a', 'b.c-d', 'a']) await count(handler)
        const sinceEpochMs = startEpochMs
        expect(await counted('e2', 2)).toEqual({
          a: { count: 2, sinceEpochMs },
          'b.c-d': { count: 1, sinceEpochMs },
        })
        expect(await counted('e0', 0)).toMatchObject({ a: { count: 2 } })
      })

      it('are counted anew in the next window, which begins with its first write', async () => {
        await claim('e1', 1)
        await count('a')
        later(windowMs - 1)
        await count('a')
        expect(await counted('e2', 2)).toEqual({ a: { count: 2, sinceEpochMs: startEpochMs } })
        later(1)
        await count('a')
        expect(await counted('e3', 3)).toEqual({ a: { count: 1, sinceEpochMs: startEpochMs + windowMs } })
      })

      it('are all counted when they come at once', async () => {
        await claim('e1', 1)
        await Promise.all(Array.from({ length: 5 }, () => count('a')))
        expect(await counted('e2', 2)).toMatchObject({ a: { count: 5 } })
      })

      it('change neither the lease nor what was seen, and no action of a handler’s name', async () => {
        await claim('e1', 1)
        await count('f#updated')
        expect(await claim('e1', 1)).toMatchObject({ kind: 'busy' })
        expect(await claim('e2', 2)).toMatchObject({ kind: 'first', fence: startEpochMs + 1 })
      })

      it('fail when the store does', async () => {
        const failing = { send: () => Promise.reject(new Error('no answer')) } as unknown as Client
        await expect(count('a', failing)).rejects.toThrow('no answer')
      })
    })

    fencesGrow(engineOf)
    recoveredAreClaimedOnce(engineOf)
    retriesWaitTheirTurn(engineOf)
    retriesKeepTheBody(engineOf)
    marksAreCounted(engineOf)

    it('fails, and claims nothing, when the store fails', async () => {
      const failing = { send: () => Promise.reject(new Error('no answer')) } as unknown as Client
      await expect(ledgerOn(failing).claim(request('e1', 1))).rejects.toThrow('no answer')
      const claimed = {
        kind: 'first',
        fence: 1,
        seen: new Map(),
        writes: new Map(),
        previous: undefined,
      } as const
      await expect(
        ledgerOn(failing).finish(record('e1', 1, claimed), false, new AbortController().signal),
      ).rejects.toThrow('no answer')
      expect(await claim('e1', 1)).toMatchObject({ kind: 'first' })
    })
  })
}

/** Loses the first answer of each write and sends it again, as the SDK does. */
function repeating(client: Client): Client {
  const send = async (command: never) => {
    const isWrite =
      (command as object) instanceof UpdateItemCommand || (command as object) instanceof PutItemCommand
    if (isWrite) await client.send(command).catch(() => {})
    return client.send(command)
  }
  return { send } as unknown as Client
}
