import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { on, PermanentFailure, RetryAfter } from '#webhooks'
import { runHandlers, testEvent } from '#webhooks/testing'
import { projectRoot } from '../infra/settings/project-files.ts'
import { readEnvelope } from '../shared/event/envelope.ts'

describe('testEvent', () => {
  it('is the sample of its type, with what follows from it', () => {
    const event = testEvent('task.updated')
    expect(event.payload.lastUpdated).toBe(639170697123456789n)
    expect(event.payloadText).toContain('639170697123456789')
    expect(event).toMatchObject({
      type: 'task.updated',
      resource: { kind: 'task', id: '4c7d2a0e-55f1-4a7e-9b0c-6f0f8c9d1e22' },
      ticks: 639170698874074081n,
      attempt: 1,
    })
  })

  it('takes overrides, and gives types without a sample an id', () => {
    const event = testEvent('fee.created', { payload: { id: 'f', duration: 5 }, late: true })
    expect(event.payload.duration).toBe(5)
    expect(event).toMatchObject({
      resource: { kind: 'fee', id: 'f' },
      late: true,
      payloadText: '{"id":"f","duration":5}',
    })
    expect(testEvent('brand.new').resource.kind).toBe('brand')
    expect(testEvent('fee.created').id).not.toBe(event.id)
  })
})

describe('testEvent of a fixture', () => {
  const file = 'infra/smokeball/samples/matter.updated.json'

  it('is the notification in a file, to its last digit', () => {
    const ofFile = testEvent(file)
    const { id, resource, payloadText, ticks } = ofFile
    const envelope = readEnvelope(readFileSync(join(projectRoot, file), 'utf8'))
    expect({ id, resource, payloadText, ticks }).toEqual({
      ...{ id: envelope.eventId, resource: envelope.resource },
      ...{ payloadText: envelope.payloadText, ticks: envelope.ticks },
    })
    expect(testEvent(pathToFileURL(join(projectRoot, file)))).toEqual(ofFile)
    expect(testEvent(join(projectRoot, file) as `${string}.json`)).toEqual(ofFile)
  })

  it('is a notification that was made, and takes overrides', () => {
    const made = {
      accountId: 'firm',
      type: 'brand.new',
      payload: { id: 'x' },
      timestamp: 639170696424691361n,
    }
    expect(testEvent(made)).toMatchObject({
      ...{ type: 'brand.new', accountId: 'firm', ticks: 639170696424691361n, payloadText: '{"id":"x"}' },
      ...{ resource: { kind: 'brand', id: 'x' }, userId: undefined },
    })
    const other = testEvent(made, { payload: { id: 'y' }, late: true })
    expect(other).toMatchObject({ payloadText: '{"id":"y"}', resource: { id: 'y' }, late: true })
    expect(other.id).not.toBe(testEvent(made).id)
  })

  it('says what is no notification, and which file is not there', () => {
    expect(() => testEvent({ type: 'matter.updated' })).toThrow(/Not a Smokeball notification: `accountId`/)
    expect(() => testEvent('test/handlers/fixtures/none.json')).toThrow(/ENOENT.*none\.json/)
  })
})

describe('runHandlers', () => {
  const event = testEvent('matter.updated')
  const outcomesOf = (act: (given: { attempt: number }) => unknown, given = event, options = {}) =>
    runHandlers([on('*', { name: 'h' }, act)], given, options).then(({ h }) => h)

  it('tells each outcome', async () => {
    const throwing = (error: unknown) => () => {
      throw error
    }
    expect(await outcomesOf(() => {})).toEqual({ outcome: 'handled', logs: [] })
    expect(await outcomesOf(throwing(new Error('no')))).toMatchObject({
      outcome: 'failed',
      error: expect.stringMatching(/^Error: no/),
    })
    expect(await outcomesOf(throwing(new PermanentFailure('never')))).toMatchObject({
      outcome: 'permanent-failure',
    })
    const { outcome, retryInMs } = (await outcomesOf(throwing(new RetryAfter({ minutes: 5 })))) ?? {}
    expect([outcome, Math.round((retryInMs ?? 0) / 60_000)]).toEqual(['retry-after', 5])
    expect(await outcomesOf(() => {}, { ...event, own: true })).toMatchObject({ outcome: 'own' })
    expect(await outcomesOf(() => {}, { ...event, late: true })).toMatchObject({ outcome: 'superseded' })
    expect(await outcomesOf(() => new Promise(() => {}), event, { timeLimitMs: 100 })).toMatchObject({
      outcome: 'timed-out',
    })
  })

  it('lets a handler see which attempt it is, and the last one give up', async () => {
    const attempts: number[] = []
    const outcome = await outcomesOf(
      ({ attempt }) => {
        attempts.push(attempt)
        throw new Error('again')
      },
      { ...event, attempt: 20 },
    )
    expect([attempts, outcome?.outcome]).toEqual([[20], 'gave-up'])
  })

  it('stays in its replay at a second attempt', async () => {
    const keys: string[] = []
    const handler = on('*', { name: 'h' }, ({ replay }, { idempotencyKey }) => {
      keys.push(`${replay} ${idempotencyKey}`)
    })
    for (const attempt of [1, 2]) await runHandlers([handler], { ...event, attempt, replay: 'r1' })
    expect(keys).toEqual(Array(2).fill(`r1 ${event.id}.h.r1`))
  })

  it('gives secrets, and keeps them out of errors', async () => {
    const act = on('*', { name: 'h' }, (_event, { secret }) => {
      throw new Error(`${secret('KEY')} is wrong`)
    })
    const { h } = await runHandlers([act], event, { secrets: { KEY: 'a long key' } })
    expect(h?.error).toMatch(/^Error: \[secret KEY\] is wrong/)
    const without = await runHandlers([act], event)
    expect(without.h).toMatchObject({ outcome: 'failed', error: expect.stringContaining("no secret 'KEY'") })
  })

  it('makes paths as Smokeball would be called by, and says what a test has to answer', async () => {
    const asked: string[] = []
    const handler = on('matter.updated', { name: 'h' }, async ({ resource }, { smokeball }) => {
      const { path } = smokeball
      await smokeball.fetch(path`/matters/${resource.id}`)
      await smokeball.recordWrite({ method: 'POST', path: '/memos' })
    })
    const fetch = async (path: string) => {
      asked.push(path)
      return new Response('{}')
    }
    const forged = { ...event, resource: { kind: 'matter', id: 'x/archive?force=true&y=' } }
    const { h } = await runHandlers([handler], forged, { smokeball: { fetch } })
    expect(asked).toEqual(['/matters/x%2Farchive%3Fforce%3Dtrue%26y%3D'])
    expect(h?.error).toMatch(/^Error: The handler recorded a write to \/memos: give `runHandlers`/)
    const dots = { ...event, resource: { kind: 'matter', id: '..' } }
    expect((await runHandlers([handler], dots)).h?.error).toMatch(
      /^InvalidApiCall: Value 1 of the path is '\.\.'/,
    )
  })

  it('lets typed calls go by the fetch that is given, and takes a typed call in its place', async () => {
    const handler = on('matter.updated', { name: 'h' }, async ({ resource }, { smokeball, log }) => {
      const { number } = await smokeball.get('/matters/{matterId}', { matterId: resource.id })
      const contacts = await Array.fromAsync(smokeball.list('/contacts'))
      log.info('read', { number, contacts: contacts.map(({ lastUpdated }) => lastUpdated) })
    })
    const fetch = async (path: string) =>
      new Response(
        path.startsWith('/contacts')
          ? '{"value":[{"id":"c","lastUpdated":638609288928990639}]}'
          : '{"number":"7"}',
      )
    const { h } = await runHandlers([handler], event, { smokeball: { fetch } })
    expect(h?.logs).toMatchObject([{ fields: { number: '7', contacts: [638609288928990639n] } }])
    const get = async () => ({ number: '8' })
    const replaced = await runHandlers([handler], event, { smokeball: { fetch, get } })
    expect(replaced.h?.logs).toMatchObject([{ fields: { number: '8' } }])
    expect((await runHandlers([handler], event)).h?.error).toMatch(
      /^Error: The handler called \/matters\/[^:]+: give `runHandlers`/,
    )
  })

  it('refuses what the consumer would', async () => {
    await expect(runHandlers([on('*', {} as never, () => {})], event)).rejects.toThrow(/has no name/)
  })
})
