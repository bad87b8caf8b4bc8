import { describe, expect, it } from 'vitest'
import {
  apiCredentials,
  hosts,
  InvalidApiSecret,
  MissingApiCredentials,
  parseApiSecret,
} from '../../../shared/smokeball-api/api-credentials.ts'
import { secret } from './credentials.ts'

const read = (change: Record<string, unknown>) => apiCredentials(JSON.stringify({ ...secret, ...change }))

function failure(work: () => unknown): Error {
  try {
    work()
  } catch (error) {
    return error as Error
  }
  throw new Error('It did not throw.')
}

describe('credentials of the API', () => {
  it('come from its secret, with the hosts of region and environment', () => {
    expect(read({ region: 'uk', environment: 'staging' })).toEqual({
      requestIdKey: 'request-id-key',
      clientId: 'client-1',
      clientSecret: 'client-secret-1',
      apiKey: 'api-key-0123456789',
      actsFor: 'one',
      apiUrl: 'https://stagingapi.smokeball.co.uk',
      authUrl: 'https://datastaging-auth.smokeball.co.uk',
      regionName: 'uk staging',
    })
  })

  it('may act for many accounts, at other hosts', () => {
    const given = read({
      actsFor: 'many',
      apiUrl: 'http://127.0.0.1:8080/api/',
      authUrl: 'https://auth.test',
    })
    expect(given).toMatchObject({
      actsFor: 'many',
      apiUrl: 'http://127.0.0.1:8080/api',
      authUrl: 'https://auth.test',
    })
  })

  it('that are missing are all named, with the command that sets them', () => {
    const error = failure(() => apiCredentials('{"requestIdKey":"k"}'))
    expect(error).toBeInstanceOf(MissingApiCredentials)
    expect(error).toMatchObject({ code: 'MISSING_API_CREDENTIALS' })
    for (const name of ['clientId', 'clientSecret', 'apiKey', 'region', 'environment'])
      expect(error.message).toContain(`\`${name}\``)
    expect(error.message).toContain('npx smokeball-webhooks secret set --stage STAGE')
  })

  it.each([
    ['no text', undefined, /is not a JSON object/],
    ['no JSON', 'hush', /is not a JSON object/],
    ['a list', '["hush"]', /is not a JSON object/],
    ['no RequestId key', '{}', /`requestIdKey` is missing/],
  ])('cannot be read from %s', (_what, text, message) => {
    expect(failure(() => apiCredentials(text))).toMatchObject({ message: expect.stringMatching(message) })
  })

  it.each([
    ['a key over two lines', { apiKey: 'hush\nhush' }, /`apiKey` is not printable ASCII/],
    ['a key that is no text', { apiKey: 7 }, /`apiKey` is not printable ASCII/],
    ['an unknown region', { region: 'hush' }, /`region` is not one of us, au, uk/],
    ['an unknown environment', { environment: 'hush' }, /`environment` is not one of production, staging/],
    ['accounts without end', { actsFor: 'hush' }, /`actsFor` is not one of one, many/],
    ['http to another machine', { apiUrl: 'http://hush.test' }, /`apiUrl` is not an https address/],
    ['an address with a password', { authUrl: 'https://a:hush@b.test' }, /`authUrl` is not an https address/],
    ['an address that is none', { authUrl: 'hush' }, /`authUrl` is not an https address/],
  ])('with %s are refused, unquoted', (_what, change, message) => {
    const error = failure(() => read(change))
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('hush')
  })
})

describe("the API's secret", () => {
  it('keeps previous RequestId keys until their time', () => {
    const until = '2026-11-24T00:00:00Z'
    const text = JSON.stringify({ requestIdKey: 'new', previousRequestIdKeys: [{ key: 'old', until }] })
    expect(parseApiSecret(text).requestIdKeys).toEqual([
      { key: 'new', untilEpochMs: Number.POSITIVE_INFINITY },
      { key: 'old', untilEpochMs: Date.UTC(2026, 10, 24) },
    ])
  })

  it.each([{}, [null], [{ key: 'hush' }], [{ key: '', until: '2026-11-24' }], [{ key: 'k', until: 'hush' }]])(
    'is refused with %j for previous keys',
    (previousRequestIdKeys) => {
      const text = JSON.stringify({ requestIdKey: 'k', previousRequestIdKeys })
      const error = failure(() => parseApiSecret(text))
      expect(error).toBeInstanceOf(InvalidApiSecret)
      expect(error.message).toBe('`previousRequestIdKeys` is not a list of { key, until }')
    },
  )
})

it.each([
  ['us', 'production', 'https://api.smokeball.com', 'https://auth.smokeball.com'],
  ['au', 'production', 'https://api.smokeball.com.au', 'https://auth.smokeball.com.au'],
  ['uk', 'production', 'https://api.smokeball.co.uk', 'https://auth.smokeball.co.uk'],
  ['us', 'staging', 'https://stagingapi.smokeball.com', 'https://datastaging-auth.smokeball.com'],
  ['au', 'staging', 'https://stagingapi.smokeball.com.au', 'https://datastaging-auth.smokeball.com.au'],
  ['uk', 'staging', 'https://stagingapi.smokeball.co.uk', 'https://datastaging-auth.smokeball.co.uk'],
] as const)('%s %s is at %s, its tokens at %s', (region, environment, apiUrl, authUrl) => {
  expect(hosts(region, environment)).toEqual({ apiUrl, authUrl })
})
