import { expect, it } from 'vitest'
import { redactSecrets } from '../../shared/redact-secrets.ts'

const redact = (text: string, ...values: string[]) =>
  redactSecrets(text, new Map(values.map((value, index) => [`S${index}`, value])))

const key = '-----BEGIN KEY-----\nab/c+"d\\\n-----END KEY-----\n'

it.each([
  ['as it is', key, `no: ${key}`],
  ['without the space around it', key, `no: ${key.trim()}`],
  ['within a JSON text', key, String.raw`no: -----BEGIN KEY-----\nab/c+\"d\\\n-----END KEY-----\n`],
  [
    'within a JSON text, without the space around it',
    key,
    String.raw`no: -----BEGIN KEY-----\nab/c+\"d\\\n-----END KEY-----`,
  ],
  ['within a URL', 'pa ss/w&rd', 'no: pa%20ss%2Fw%26rd'],
  [
    'as a text of a value that is JSON',
    '{ "a": 1, "b": [null, { "password": "pass-word" }] }',
    'no: pass-word',
  ],
  ['as a text of JSON within a URL', '{"password":"päss-word"}', 'no: p%C3%A4ss-word'],
  ['as JSON that is a text', '"pass-word"', 'no: pass-word'],
])('leaves out a secret %s', (_how, value, text) => {
  expect(redact(text, value)).toBe('no: [secret S0]')
})

it('leaves out the longest first, so that no rest of one stays', () => {
  expect(redact('https://me:pass-word@crm, pass-word', 'pass-word', 'https://me:pass-word@crm')).toBe(
    '[secret S1], [secret S0]',
  )
  expect(redact('{"a":"pass-word"}', '{"a":"pass-word"}')).toBe('[secret S0]')
})

it('leaves what is shorter than eight characters: it may be a word of any text', () => {
  const text = 'engine mysql of 1234567'
  expect(redact(text, '1234567', ' mysql ', '{"engine":"mysql","pin":"1234567"}', '')).toBe(text)
})

it('takes what is no text of any of these forms', () => {
  const lone = 'a lone \ud800 surrogate'
  expect(redact(`no: ${lone}`, lone, '[1e400, 12345678901234567890, true]', '['.repeat(100_000))).toBe(
    'no: [secret S0]',
  )
  expect(redact("no: $& $' pass-word", 'pass-word')).toBe("no: $& $' [secret S0]")
})

it('knows a value that has come or changed', () => {
  const values = new Map([['A', '{"a":"pass-word"}']])
  expect(redactSecrets('pass-word', values)).toBe('[secret A]')
  values.set('B', 'key-word')
  expect(redactSecrets('pass-word key-word', values)).toBe('[secret A] [secret B]')
  values.set('B', 'new-word')
  expect(redactSecrets('key-word new-word', values)).toBe('key-word [secret B]')
})
