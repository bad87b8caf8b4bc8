import { expect, it } from 'vitest'
import { SmokeballError } from '../../../shared/smokeball-api/api-errors.ts'
import { credentialsFor } from './credentials.ts'

const secrets = new Map([
  ['apiKey', 'api-key-0123456789'],
  ['token', 'access-token-0123456789'],
])

function errorOf(status: number, body: string) {
  const refusal = { method: 'PUT', path: '/matters/1', status, body, retryAfterMs: undefined }
  return new SmokeballError(refusal, credentialsFor('https://api.test'), secrets)
}

it('tells what the problem document says, and what to do', () => {
  const errors = [
    { field: 'number', message: 'is taken' },
    { field: 'title', message: 'is missing', at: 7 },
  ]
  const body = JSON.stringify({
    type: 'https://tools.ietf.org/html/rfc7231#section-6.5.1',
    title: 'One or more validation errors occurred.',
    status: 400,
    detail: 'See the errors field for details.',
    errors,
  })
  expect(errorOf(400, body)).toMatchObject({
    code: 'SMOKEBALL_ERROR',
    status: 400,
    title: 'One or more validation errors occurred.',
    detail: 'See the errors field for details.',
    errors,
    advice: { text: 'Correct the fields that it names.' },
    message:
      'PUT /matters/1 was answered 400: One or more validation errors occurred.: See the errors field for details.: ' +
      'number is taken; title is missing. Correct the fields that it names.',
  })
})

it.each([
  [401, /has the scope .* those of us production: npx smokeball-webhooks secret set --stage STAGE/],
  [403, /has the scope/],
  [404, /path and id.*us production/],
  [422, /Correct/],
  [429, /5 requests a second/],
  [500, /Smokeball's: try again later/],
  [302, /Redirects are not followed/],
  [418, /The answer says what is wrong/],
])('says what to do about %i', (status, advice) => {
  expect(errorOf(status, '{}').message).toMatch(advice)
})

it.each([
  ['{"message":"Too Many Requests"}', 'Too Many Requests'],
  ['Service   Unavailable\n', 'Service Unavailable'],
  ['<html><body>Bad Gateway</body></html>', undefined],
  ['', undefined],
  ['null', 'null'],
  ['[1]', undefined],
  ['{"title":{},"detail":7,"errors":{"a":["b"]}}', undefined],
])('takes the body %j', (body, detail) => {
  expect(errorOf(502, body)).toMatchObject({ status: 502, title: undefined, detail, errors: [] })
})

it('takes errors of any kind, and cuts what is long', () => {
  const body = JSON.stringify({ detail: 'd'.repeat(9_999), errors: ['plain', null, 7, 'e'.repeat(9_999)] })
  const error = errorOf(400, body)
  expect(error.detail).toHaveLength(500)
  expect(error.message).toContain('plain')
  expect(error.message.length).toBeLessThan(1_200)
})

it('leaves out key and token that an answer quotes', () => {
  const quoted = [...secrets.values()].join(' ')
  const error = errorOf(403, JSON.stringify({ title: quoted, detail: quoted, errors: [{ header: quoted }] }))
  const told = JSON.stringify([error, error.message, error.stack])
  for (const secret of secrets.values()) expect(told).not.toContain(secret)
  expect(error.title).toBe('[secret apiKey] [secret token]')
})
