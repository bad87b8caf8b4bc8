import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiSecretUnavailable, IsOwnFailed, ownRequestIds } from '../../functions/consumer/own-request-ids.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { keptSecret } from '../../shared/runtime/kept-secret.ts'
import { newRequestId } from '../../shared/signing/request-id.ts'

const { signal } = new AbortController()
const dayMs = 86_400_000
const own = (key: string) => newRequestId(key, randomBytes(8))
const read = vi.fn<() => Promise<string | undefined>>()
const isUsers = vi.fn<(requestId: string) => unknown>()
let nowEpochMs: number

beforeEach(() => {
  read.mockReset()
  isUsers.mockReset()
  nowEpochMs = Date.UTC(2026, 10, 23)
})

function known(secret?: unknown): (requestId: string) => Promise<boolean> {
  if (secret !== undefined) read.mockResolvedValue(JSON.stringify(secret))
  const now = () => nowEpochMs
  const clock = { ...systemClock, now }
  const isOwn = ownRequestIds({ secret: keptSecret({ read, now }), secretId: 'api', clock, isUsers })
  return (requestId) => isOwn(requestId, { signal, signalEpochMs: nowEpochMs + 50 })
}

describe('RequestIds of our own API writes', () => {
  it('are known by their tag; the key is read once', async () => {
    const isOwn = known({ requestIdKey: 'k' })
    expect(await Promise.all([isOwn(own('k')), isOwn(own('k')), isOwn(own('other'))])).toEqual([
      true,
      true,
      false,
    ])
    expect(read).toHaveBeenCalledTimes(1)
  })

  it("cost no call where none is: anybody else's are of another version", async () => {
    const isOwn = known({ requestIdKey: 'k' })
    expect(await isOwn('38583489-09c4-49ef-b58c-ef1b34208cca')).toBe(false)
    expect(await isOwn('')).toBe(false)
    expect(read).not.toHaveBeenCalled()
  })

  it('are known by a previous key until its time is over', async () => {
    const until = new Date(nowEpochMs + dayMs).toISOString()
    const isOwn = known({ requestIdKey: 'new', previousRequestIdKeys: [{ key: 'old', until }] })
    expect(await isOwn(own('old'))).toBe(true)
    nowEpochMs += dayMs
    expect(await isOwn(own('old'))).toBe(false)
    expect(await isOwn(own('new'))).toBe(true)
  })

  it('are known by a key that is new, within ten seconds; a foreign tag asks no oftener', async () => {
    const isOwn = known({ requestIdKey: 'old' })
    expect(await isOwn(own('old'))).toBe(true)
    read.mockResolvedValue(JSON.stringify({ requestIdKey: 'new' }))
    expect(await isOwn(own('new'))).toBe(false)
    expect(read).toHaveBeenCalledTimes(1)
    nowEpochMs += 10_000
    expect(await isOwn(own('new'))).toBe(true)
    expect(await isOwn(own('foreign'))).toBe(false)
    expect(read).toHaveBeenCalledTimes(2)
  })

  it('are foreign again when their key is withdrawn, within five minutes', async () => {
    const isOwn = known({ requestIdKey: 'k' })
    expect(await isOwn(own('k'))).toBe(true)
    read.mockResolvedValue(JSON.stringify({ requestIdKey: 'another' }))
    nowEpochMs += 5 * 60_000
    expect(await isOwn(own('k'))).toBe(false)
  })
})

describe('RequestIds that the user knows', () => {
  it('are own, whatever their form, and asked for only when no tag tells', async () => {
    isUsers.mockImplementation((requestId) => requestId === 'crm-7')
    const isOwn = known({ requestIdKey: 'k' })
    expect(await Promise.all(['crm-7', 'crm-8', ''].map(isOwn))).toEqual([true, false, false])
    expect(await isOwn(own('k'))).toBe(true)
    expect(isUsers.mock.calls).toEqual([['crm-7'], ['crm-8']])
  })

  it('may be looked up; only true counts', async () => {
    isUsers.mockImplementation(async (requestId) => (requestId === 'crm-7' ? true : 'no'))
    const isOwn = known({ requestIdKey: 'k' })
    expect(await Promise.all([isOwn('crm-7'), isOwn('crm-8')])).toEqual([true, false])
  })

  it.each([
    ['rejects', () => Promise.reject('no database')],
    [
      'throws',
      () => {
        throw 'no database'
      },
    ],
  ])('cannot be told while that %s, and whoever asks is told why', async (_, fails) => {
    isUsers.mockImplementation(fails)
    const asked = known({ requestIdKey: 'k' })('crm-7')
    await expect(asked).rejects.toMatchObject({ code: 'IS_OWN_FAILED', cause: 'no database' })
    await expect(asked).rejects.toBeInstanceOf(IsOwnFailed)
  })

  it('cannot be told by what runs on when handlers would be signalled', async () => {
    isUsers.mockImplementation(() => new Promise(() => {}))
    await expect(known({ requestIdKey: 'k' })('crm-7')).rejects.toMatchObject({
      code: 'IS_OWN_FAILED',
      cause: expect.objectContaining({ message: expect.stringContaining('time limit') }),
    })
  })
})

describe('without a usable secret, whose an event is cannot be told', () => {
  it.each([
    ['no text', undefined, /is not a JSON object/],
    ['no JSON', 'the key: hush', /is not a JSON object/],
    ['no key', '{}', /`requestIdKey` is missing or empty/],
    ['an empty key', '{"requestIdKey":""}', /`requestIdKey` is missing or empty/],
    ['no list', '{"requestIdKey":"hush","previousRequestIdKeys":{}}', /is not a list of \{ key, until \}/],
    [
      'no time',
      '{"requestIdKey":"hush","previousRequestIdKeys":[{"key":"hush","until":"soon"}]}',
      /is not a list/,
    ],
    ['no entry', '{"requestIdKey":"hush","previousRequestIdKeys":[null]}', /is not a list/],
  ])('%s', async (_, text, message) => {
    read.mockResolvedValue(text)
    const failure = await known()(own('k')).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ApiSecretUnavailable)
    expect(String(failure)).toMatch(message)
    expect(String(failure)).not.toContain('hush')
  })

  it('says which secret, and tries again at once', async () => {
    read.mockRejectedValueOnce(Object.assign(new Error('no'), { name: 'AccessDeniedException' }))
    const isOwn = known({ requestIdKey: 'k' })
    await expect(isOwn(own('k'))).rejects.toThrow(
      /secret api, .*AccessDeniedException.*describe-secret --secret-id api/,
    )
    expect(await isOwn(own('k'))).toBe(true)
  })
})
