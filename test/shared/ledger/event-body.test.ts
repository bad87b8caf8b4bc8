import { createHash } from 'node:crypto'
import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { brotliCompressSync, brotliDecompressSync, deflateRawSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { maxNotificationBytes } from '../../../shared/event/envelope.ts'
import { bodyDictionary1 } from '../../../shared/ledger/body-dictionary-1.generated.ts'
import { readBody, UnknownBodyFormat, writeBody } from '../../../shared/ledger/event-body.ts'
import { samples } from '../../bench/notifications.ts'

const accountId = '1e53979d-9269-4159-b104-2e603670f59d'
const text = `{"accountId":"${accountId}","type":"task.updated","source":"API","payload":{"id":"4c7d2a0e","subject":"Prüfung 📎"},"timestamp":639170698874074081}`
const known = { kind: 'task', ids: `${accountId}|task|4c7d2a0e event#0639170698874074081#e1  ` }
const longText = JSON.stringify({ x: text }).repeat(60)

/** Bodies in tables, since the release that the comment names. */
const stored = [
  // 0.1.0 to 0.4.0: Brotli.
  [
    text,
    'G60AgCwKbOfE4xwbD4WC6e64kkYtsmdmMx0/4VuubpKX/3lK2nv+swYWYwHtHDqdWiw6kIsDpwFO/gYSBgJBQHluY+DyuF1mtHP8a2qR7KyOPrYUlYtkpI1US2FIdU5o50VvYwtWBfq6qPIBGQ2VOYGzujoVZtLINL5VlejArCeU+b/7UFx8XO2G01F64WII3ggS5Ac=',
  ],
  // From 0.5.0 on: format 1.
  [text, 'EQFDzQDEGE9uJoA5SAk5EQUUHd6TVpqXrvBh/uQ+TP+iubgWAA=='],
  // From 0.5.0 on: format 2.
  [
    longText,
    'EQIotS/9YEgvXQMAJAN7IngiOiJ7XFwiOlwiXCIsXEFQSVwiOntcImlkUHLDvGZ1bmcg8J+TjlwifSxcXH0ifRMAdy9q/ExNQ+zZLggKg6ewNHMG0QYr88BPwX/nDDbb/BSwdx7oeQGsmaGqBiaKQK6B6L/hzAU=',
  ],
] as const

it.each(stored)('reads what an earlier release stored', (written, base64) => {
  expect(readBody([Buffer.from(base64, 'base64')], known)).toBe(written)
})

/** A dictionary that changed by a character would make other texts of all bodies that it was made for. */
it('has each dictionary as it always was', async () => {
  const files = globSync('shared/ledger/body-dictionary-*.generated.ts')
  const dictionaries = await Promise.all(files.map((file) => import(pathToFileURL(resolve(file)).href)))
  const hashes = Object.entries<object>(Object.assign({}, ...dictionaries)).map(([name, ofKinds]) => [
    name,
    createHash('sha256').update(JSON.stringify(ofKinds)).digest('hex'),
  ])
  expect(Object.fromEntries(hashes)).toEqual({
    bodyDictionary1: '975474b07b3976d66586964a4d1966279e000ca1226757af9a3f250eab194cda',
  })
})

describe('a body comes back to the letter', () => {
  const odd = ['', '{}', 'no JSON', '\u0011\u0001', '"\\ud83d"', '\uFEFF{}', 'é'.repeat(7_000)]
  it.each([...samples().map((sample) => sample.text), ...odd, longText, text.repeat(20_000)])(
    '%.40s',
    (whole) => {
      expect(readBody(writeBody(whole, known), known)).toBe(whole)
    },
  )
})

it('does not take up room for the ids that its item has anyway', () => {
  const [withIds = Buffer.of()] = writeBody(text, known)
  const [without = Buffer.of()] = writeBody(text, { ...known, ids: '' })
  expect(withIds.length).toBeLessThan(without.length - 20)
})

it.each(['widget', '', 'constructor', '__proto__', '*'])('keeps a body of the unlisted kind %j', (kind) => {
  expect(readBody(writeBody(text, { ...known, kind }), { ...known, kind })).toBe(text)
})

it('is told from a body of Brotli by its first byte, with which no stream of Brotli begins', () => {
  const [body = Buffer.of()] = writeBody(text, known)
  expect(() => brotliDecompressSync(body)).toThrow()
  expect(() => brotliDecompressSync(Buffer.of(0x11, 0, 0, 3))).toThrow()
})

it('says which release reads a body of a format that this one does not know', () => {
  expect(() => readBody([Buffer.of(0x11, 99, 1, 2)], known)).toThrow(UnknownBodyFormat)
  expect(() => readBody([Buffer.of(0x11)], known)).toThrow(UnknownBodyFormat)
})

it('does not unpack more than a notification may have', () => {
  const tooLong = 'x'.repeat(maxNotificationBytes + 1)
  const dictionary = Buffer.from(`${bodyDictionary1['*']}${bodyDictionary1.task}`)
  const bodies = [
    brotliCompressSync(tooLong),
    Buffer.concat([Buffer.of(0x11, 1), deflateRawSync(tooLong, { dictionary })]),
    Buffer.concat([Buffer.of(0x11, 2), zstdCompressSync(tooLong, { dictionary })]),
  ]
  for (const body of bodies) expect(() => readBody([body], { kind: 'task', ids: '' })).toThrow('larger than')
})
