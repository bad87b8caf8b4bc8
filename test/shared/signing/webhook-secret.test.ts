import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { keyForSubscriptions, parseWebhookSecret } from '../../../shared/signing/webhook-secret.ts'

const since = '2026-11-25T00:00:00.000Z'
const sinceEpochMs = Date.parse(since)
const parse = (fields: object) => parseWebhookSecret(JSON.stringify({ clientId: 'c', ...fields }), 'id')

describe('the secret of deliveries', () => {
  it('has the current key first, and previous ones with or without an end', () => {
    const previousSigningKeys = ['older', { key: 'old' }, { key: 'oldest', until: since }]
    const { clientId, signingKeys } = parse({
      signingKey: 'new',
      signingKeySince: since,
      previousSigningKeys,
    })
    expect(clientId).toBe('c')
    expect(
      signingKeys.map(({ text, putInEpochMs, untilEpochMs }) => [text, putInEpochMs, untilEpochMs]),
    ).toEqual([
      ['new', sinceEpochMs, Number.POSITIVE_INFINITY],
      ['older', 0, Number.POSITIVE_INFINITY],
      ['old', 0, Number.POSITIVE_INFINITY],
      ['oldest', 0, sinceEpochMs],
    ])
    const fingerprint = createHash('sha256').update('new').digest('hex').slice(0, 8)
    expect(signingKeys[0].fingerprint).toBe(fingerprint)
  })

  it.each([
    [{}, /`signingKey` is missing/],
    [{ signingKey: 'hush', signingKeySince: 'soon' }, /`signingKeySince` is no time/],
    [{ signingKey: 'hush', previousSigningKeys: 'hush' }, /not a list/],
    [{ signingKey: 'hush', previousSigningKeys: [{ key: 'hush', until: 'soon' }] }, /not a list/],
    [{ signingKey: 'hush', previousSigningKeys: [''] }, /not a list/],
    [{ signingKey: 'hush', clientId: '' }, /`clientId` is missing. Run: npx smokeball-webhooks connect/],
  ])('that is not complete says what to do, and quotes nothing: %o', (fields, message) => {
    expect(() => parse(fields)).toThrow(message)
    expect(() => parse(fields)).not.toThrow(/hush/)
  })
})

it('subscriptions are given a new key when each running receiver takes it, and the one before until then', () => {
  const secret = parse({ signingKey: 'new', signingKeySince: since, previousSigningKeys: ['old'] })
  expect(keyForSubscriptions(secret, sinceEpochMs + 14_999).text).toBe('old')
  expect(keyForSubscriptions(secret, sinceEpochMs + 15_000).text).toBe('new')
  expect(keyForSubscriptions(parse({ signingKey: 'new', signingKeySince: since }), sinceEpochMs).text).toBe(
    'new',
  )
  expect(keyForSubscriptions(parse({ signingKey: 'only' }), sinceEpochMs).text).toBe('only')
})

it('subscriptions are never given back a key that has its end, by a clock that is behind', () => {
  const previousSigningKeys = [{ key: 'old', until: '2026-11-25T01:00:00.000Z' }]
  const secret = parse({ signingKey: 'new', signingKeySince: since, previousSigningKeys })
  expect(keyForSubscriptions(secret, sinceEpochMs - 60_000).text).toBe('new')
})
