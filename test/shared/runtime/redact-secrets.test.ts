import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redactSecrets } from '../../../shared/runtime/redact-secrets.ts'

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
  ['as JSON that is a text', '"pass-word"', 'no: pass-word'],
])('leaves out a secret %s', (_how, value, text) => {
  expect(redact(text, value)).toBe('no: [secret S0]')
})

const lines = Array.from({ length: 4 }, (_, nth) => `${nth}MIIEvQIBADANBgkqhkiG9w0BAQEF'"`).join('\n')
const pem = `-----BEGIN KEY-----\n${lines}\nit's \`"\n-----END KEY-----\n`
const wrapped = (text: string, indent: string) =>
  Buffer.from(text).toString('base64').replace(/.{20}/g, `$&\r\n${indent}`)

it.each([
  ['in the query of a URL, which drops ends of lines', 'abcd\nefg\r\n\thij', 'abcdefghij'],
  ['in the path of a URL, which drops and escapes', 'ab cd\né%41', 'ab%20cd%C3%A9%41'],
  ['in the path of a URL, which turns backslashes', 'abcd\\efghij', 'abcd/efghij'],
  ['in the host of a URL, which has small letters', 'AbCd-EfGh.IJ', 'abcd-efgh.ij'],
  ['that lengthens in small letters', 'İİİİ-ΑΣ-ABCD', 'İİİİ-ασ-abcd'],
  ['as HTML without semicolons', 'a&b<c"d\'e-f', 'a&ampb&ltc&quotd&#39e-f'],
  ['in a shell', "it's it's", String.raw`it'\''s it'\''s`],
  ['in a shell, quoted by Python', "it's it's", `it'"'"'s it'"'"'s`],
  ['in SQL', `it's it''s "`, `it''s it''''s "`],
  ['in lines of YAML', 'abcd\nefgh\n  ij', 'abcd\n    efgh\n      ij'],
  ['in hexadecimal digits', 'sécret-1', '73c3a9637265742d31'],
  ['in large hexadecimal digits', 'sécret-1', '73C3A9637265742D31'],
])('leaves out a secret %s', (_how, value, text) => {
  expect(redact(`no: <${text}>`, value)).toBe('no: <[secret S0]>')
})

it('leaves out what a URL has made of a secret', () => {
  const secret = 'ab Cd\t\\e\nFg\r\nh'
  for (const text of [`https://h/?k=${secret}#x`, `https://h/k/${secret}#x`, `https://h/#${secret}`]) {
    expect(new URL(text).href.includes('Fg')).toBe(true)
    expect(redact(new URL(text).href, secret)).toMatch(/^https:\/\/h\/.*\[secret S0\](#x)?$/)
  }
  expect(redact(new URL('https://AbCdEf-GhIj.example/x').href, 'AbCdEf-GhIj')).toBe(
    'https://[secret S0].example/x',
  )
})

it('leaves out a secret that util.inspect or JSON shows, alone or deep in an object', () => {
  for (const value of [pem, pem.replaceAll("'", ''), pem.replaceAll(/["'`]/g, '')]) {
    const shown = [inspect({ a: { key: value } }), inspect([value]), inspect(new Error(value))]
    expect(shown[0]).toContain('+\n')
    for (const text of [...shown, ...shown.map((each) => JSON.stringify(each))]) {
      expect(redact(text, value)).toContain('[secret S0]')
      expect(redact(text, value)).not.toContain('MIIE')
    }
  }
  const bytes = Buffer.from('sécret-1')
  expect(redact(inspect({ bytes }), 'sécret-1')).toBe('{ bytes: <Buffer [secret S0]> }')
  expect(redact(JSON.stringify(bytes), 'sécret-1')).toBe('{"type":"Buffer","data":[[secret S0]]}')
  expect(redact(inspect(Buffer.from(pem)), pem)).toMatch(/^<Buffer \[secret S0\] \.\.\. \d+ more bytes>$/)
})

it.each([' ', '\t', '    '])('leaves out a secret in base64 of lines that are indented by %j', (indent) => {
  expect(redact(`a: |\r\n${indent}${wrapped(pem, indent)}`, pem)).toMatch(/^a: \|\s+\[secret S0\]\S?=*\s*$/)
})

it('names the member of a secret that is JSON, as far as members have names', () => {
  const database = '{"engine":"postgres","username":"webhooks","dbname":"crm_prod","host":"crm.example"}'
  const text = 'failed for user "webhooks" on crm.example:5432/crm_prod'
  expect(redact(text, database)).toBe(
    'failed for user "[secret S0.username]" on [secret S0.host]:5432/[secret S0.dbname]',
  )
  expect(redact(database, database)).toBe('[secret S0]')
  expect(redact('no: pass-word', '{ "a": 1, "b": [null, { "password": "pass-word" }] }')).toBe(
    'no: [secret S0.b.1.password]',
  )
  expect(redact('no: p%C3%A4ss-word', '{"password":"päss-word"}')).toBe('no: [secret S0.password]')
  expect(redact('no: pass-word', '{"sk_1234_abcd":"pass-word"}')).toBe('no: [secret S0]')
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

it('leaves out an encoded one that begins within a short one', () => {
  expect(redact('aaa%61%61%61%61', 'aaaa')).toBe('a[secret S0]%61%61')
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
  expect(redactSecrets('pass-word', values)).toBe('[secret A.a]')
  values.set('B', 'key-word')
  expect(redactSecrets('pass-word key-word', values)).toBe('[secret A.a] [secret B]')
  values.set('B', 'new-word')
  expect(redactSecrets('key-word new-word', values)).toBe('key-word [secret B]')
})

type Write = (text: string) => string

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')
const each =
  (pattern: RegExp, write: (code: number) => string): Write =>
  (text) =>
    text.replace(pattern, (one) => write(one.codePointAt(0) ?? 0))
const eachByte =
  (write: (byte: number) => string): Write =>
  (text) =>
    Array.from(Buffer.from(text), write).join('')
const url = () => new URL('https://user@crm.example/')
const json: Write = (text) => JSON.stringify(text).slice(1, -1)
const ascii = each(/[\u0080-\uffff]/g, (unit) => `\\u${hex(unit, 4)}`)
const html = (apostrophe: string) =>
  each(/[&<>"']/g, (code) => `&${{ 38: 'amp', 60: 'lt', 62: 'gt', 34: 'quot' }[code] ?? apostrophe};`)
const names: Record<string, string> = {
  '"': 'quot',
  "'": 'apos',
  '&': 'amp',
  '<': 'lt',
  '!': 'excl',
  '/': 'sol',
  '\\': 'bsol',
  '%': 'percnt',
  é: 'eacute',
  ü: 'uuml',
  ÿ: 'yuml',
  '€': 'euro',
  '—': 'mdash',
  ω: 'omega',
  Σ: 'Sigma',
  '½': 'frac12',
}

/** Each writes a text as the libraries of some language do; what is tested takes no part. */
const writers: Record<string, Write> = {
  encodeURIComponent,
  'encodeURIComponent, in small letters': (text) =>
    encodeURIComponent(text).replace(/%../g, (one) => one.toLowerCase()),
  'percents alone': eachByte((byte) => `%${hex(byte, 2).toUpperCase()}`),
  'the old escape()': each(/[^\w@*+./-]/g, (unit) => (unit < 256 ? `%${hex(unit, 2)}` : `%u${hex(unit, 4)}`)),
  URLSearchParams: (text) => new URLSearchParams({ key: text }).toString().slice(4),
  'url.searchParams': (text) => {
    const there = url()
    there.searchParams.append('key', text)
    return there.search.slice(5)
  },
  'url.password': (text) => Object.assign(url(), { password: text }).password,
  'url.username': (text) => Object.assign(url(), { username: text }).username,
  'JSON.stringify': json,
  'json.dumps of Python': (text) => ascii(json(text)),
  'encoding/json of Go': (text) => each(/[<>&\u2028\u2029]/g, (unit) => `\\u${hex(unit, 4)}`)(json(text)),
  'json_encode of PHP': (text) => ascii(json(text).replaceAll('/', '\\/')),
  'JSON of escapes alone': each(/[\s\S]/g, (unit) => `\\u${hex(unit, 4).toUpperCase()}`),
  'escapes in braces, of Rust': each(/[^ -[\]-~]/gu, (code) => `\\u{${hex(code, 1)}}`),
  'long escapes, of Python': each(/[^ -[\]-~]/gu, (code) => `\\U${hex(code, 8)}`),
  'bytes of Python': eachByte((byte) =>
    byte < 32 || byte > 126 || byte === 92 ? `\\x${hex(byte, 2)}` : String.fromCharCode(byte),
  ),
  'octal bytes of C': eachByte((byte) => `\\${byte.toString(8).padStart(3, '0')}`),
  'htmlspecialchars of PHP': html('#039'),
  'html.escape of Python': html('#x27'),
  'an XML writer': html('apos'),
  'decimal entities': each(/[^a-z]/gu, (code) => `&#${code};`),
  'hexadecimal entities': each(/[^a-z]/gu, (code) => `&#x${hex(code, 4).toUpperCase()};`),
  'named entities': (text) => text.replace(/[^\w]/gu, (one) => (names[one] ? `&${names[one]};` : one)),
  'UTF-8 in a header': (text) => Buffer.from(text).toString('latin1'),
}

/** They mix a secret with what stands beside it. */
const bases: Record<string, Write> = {
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'base64 in lines': (text) =>
    (
      Buffer.from(text)
        .toString('base64')
        .match(/.{1,60}/g) ?? []
    ).join('\r\n'),
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({ unit: fc.constantFrom(...Object.keys(names), ...'41u0026nx;#+= \r\n\t\0'), maxLength: 20 }),
)
/** No text that belongs to it holds what all have, wherever it begins. */
const anySecret = fc
  .tuple(anyText, anyText)
  .map(([before, after]) => `${before}9f-Kq/Zw${after}`.toWellFormed())
const anyWriter = fc.constantFrom(...Object.values(writers))
const anyBase = fc.constantFrom(...Object.values(bases))
const nothing: Write = (text) => text

describe('a secret of any characters is left out', () => {
  it.each(Object.entries(writers))('as written by %s', (_, write) => {
    fc.assert(
      fc.property(anySecret, (secret) => {
        expect(redact(`no: <${write(secret)}>`, secret)).toBe('no: <[secret S0]>')
      }),
    )
  })

  it('as written by one and by another', () => {
    fc.assert(
      fc.property(anySecret, anyWriter, anyWriter, (secret, first, second) => {
        expect(redact(`no: <${second(first(secret))}>`, secret)).toBe('no: <[secret S0]>')
      }),
      { numRuns: 2_000 },
    )
  })

  it.each(Object.entries(bases))('in %s, beside any text, written again and before', (_, base) => {
    const first = fc.oneof(fc.constant(nothing), anyWriter)
    const last = fc.oneof(fc.constant(nothing), anyWriter, anyBase)
    fc.assert(
      fc.property(anyText, anySecret, anyText, first, last, (before, secret, after, write, again) => {
        const [from, written] = [`${before.toWellFormed()}:`, write(secret)]
        const encoded = base(`${from}${written}:${after.toWellFormed()}`)
        const redacted = redact(`no: <${again(encoded)}>`, secret)
        expect(redacted).toContain('[secret S0]')
        const [start, bytes] = [Buffer.byteLength(from), Buffer.byteLength(written)]
        // What the secret alone decides.
        const own = encoded.slice(Math.ceil((start * 4) / 3), Math.floor(((start + bytes) * 4) / 3))
        expect(redacted).not.toContain(again(own))
      }),
      { numRuns: 300 },
    )
  })
})

it('leaves out a secret wherever it stands in a long text', () => {
  const secret = 'correct horse "battery" 9f!'
  const after = `>${'b '.repeat(9_000)}`
  const writings = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]
  const missed = writings.flatMap((written) =>
    Array.from({ length: 60 }, (_, nth) => `${'a '.repeat(7_950 + 4 * nth)}<`)
      .filter((before) => redact(before + written + after, secret) !== `${before}[secret S0]${after}`)
      .map(({ length }) => `${written} at ${length}`),
  )
  expect(missed).toEqual([])
})

it('reads no more of a text than is wanted of it', () => {
  const text = 'pass%2Dword, '.repeat(100_000)
  const values = new Map([['A', 'pass-word']])
  const wanted = '[secret A], '.repeat(342).slice(0, 4096)
  expect(redactSecrets(text, values, 4096)).toBe(wanted)
  const most = '-'.repeat(16_000)
  expect(redactSecrets(`${most}${text}`, values, 16_010)).toBe(`${most}[secret A]`)
  expect(redactSecrets(text, new Map(), 3)).toBe('pas')
})

describe('a text without a secret stays as it is', () => {
  const secrets = ['correct horse battery', 's3cr3t$@word9', '{"key":"Pässwort-12"}', 'q1+w2/e3=r4==']

  it('whatever it holds, however it is written', () => {
    fc.assert(
      fc.property(anyText, anyWriter, fc.oneof(anyWriter, anyBase), (text, first, second) => {
        const written = `no: ${text} ${second(first(text.toWellFormed()))}`
        expect(redact(written, ...secrets)).toBe(written)
      }),
      { numRuns: 1_000 },
    )
  })

  it('also when all but a character of one is there', () => {
    const near = ['correct+horse_battery', 's3cr3t%24%40word8', 'P\\u00e4sswort-1', 'q1+w2/e3%3Dr4%3C=']
    const text = near.map((each) => `${each} ${Buffer.from(each).toString('base64')}`).join(' ')
    expect(redact(text, ...secrets)).toBe(text)
  })
})
