import { createHash } from 'node:crypto'
import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { brotliCompressSync, brotliDecompressSync, deflateRawSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { maxNotificationBytes } from '../../../shared/event/envelope.ts'
import { bodyDictionary1 } from '../../../shared/ledger/body-dictionary-1.generated.ts'
import { readBody, UnreadableBody, writeBody } from '../../../shared/ledger/event-body.ts'
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
  [text, 'EQEIislRQ80AxBhPbiaAOUgJOREFFB3ek1aal67wYf7kPkz/orm4FgA='],
  // From 0.5.0 on: format 2.
  [
    longText,
    'EQKjjSR9KLUv/WBIL10DACQDeyJ4Ijoie1xcIjpcIlwiLFxBUElcIjp7XCJpZFByw7xmdW5nIPCfk45cIn0sXFx9In0TAHcvavxMTUPs2S4ICoOnsDRzBtEGK/PAT8F/5ww22/wUsHce6HkBrJmhqgYmikCugei/4cwF',
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

it.each<[string, Buffer[], RegExp]>([
  [
    'a format that is not known',
    [Buffer.of(0x11, 99, 1, 2)],
    /does not know its format 99: take a newer one/,
  ],
  ['a beginning alone', [Buffer.of(0x11)], /does not know its format 0/],
  [
    'a stream that is cut short',
    [(writeBody(text, known)[0] ?? Buffer.of()).subarray(0, 20)],
    /damaged: fetch from Smokeball/,
  ],
  ['a stream of Brotli that is none', [Buffer.of(1, 2, 3)], /damaged/],
])('does not read %s', (_what, pieces, problem) => {
  expect(() => readBody(pieces, known)).toThrow(UnreadableBody)
  expect(() => readBody(pieces, known)).toThrow(problem)
})

it.each([text, longText])(
  'is no other text where its item says other ids than when it was written',
  (whole) => {
    const others = [known.ids.replace('4c7d2a0e', '00000000'), known.ids.slice(1), '']
    for (const ids of others)
      expect(() => readBody(writeBody(whole, known), { ...known, ids })).toThrow(UnreadableBody)
    expect(() => readBody(writeBody(whole, known), { ...known, ids: '' })).toThrow(
      /: fetch from Smokeball what changed\.$/,
    )
  },
)

it('does not unpack more than a notification may have', () => {
  const tooLong = 'x'.repeat(maxNotificationBytes + 1)
  const dictionary = Buffer.from(`${bodyDictionary1['*']}${bodyDictionary1.task}`)
  const bodies = [
    brotliCompressSync(tooLong),
    Buffer.concat([Buffer.of(0x11, 1, 0, 0, 0, 0), deflateRawSync(tooLong, { dictionary })]),
    Buffer.concat([Buffer.of(0x11, 2, 0, 0, 0, 0), zstdCompressSync(tooLong, { dictionary })]),
  ]
  for (const body of bodies)
    expect(() => readBody([body], { kind: 'task', ids: '' })).toThrow('it is damaged')
})
