import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  decodePart,
  encodePart,
  isResourceKey,
  readResourceKey,
  resourceKey,
} from '../../shared/event/event-identity.ts'
import type { Ticks } from '../../shared/event/ticks.ts'
import { eventAttributes, packMessage, readEventKey, unpackMessage } from '../../shared/queue/message.ts'
import { redactSecrets } from '../../shared/runtime/redact-secrets.ts'
import { fuzz, fuzzTimeout } from './fuzzing.ts'
import { ids, jsonValue } from './json-texts.ts'
import { carriedBytes, sqsProblems } from './message-model.ts'
import { modelResourceKey } from './notification-model.ts'

it('texts from outside are told apart, packed, and taken back as they were', {
  timeout: fuzzTimeout,
}, async () => {
  let tried = 0
  const property = fc.property(texts, ({ triples, delivery, event, hostile, secrets }) => {
    tried++
    checkKeys(triples)
    checkMessage(delivery)
    checkEventKey(event)
    checkOpening(hostile)
    checkRedaction(secrets)
  })
  await fuzz(property, { things: 'sets of texts', tried: () => tried })
})

type Triple = [account: string, kind: string, id: string]

/** No two resources have one key, and a key is what the design says, whatever the parts. */
function checkKeys(triples: readonly Triple[]): void {
  const written = triples.map((triple) => modelResourceKey(triple))
  const keys = triples.map((triple) => resourceKey(...triple))
  expect(new Set(keys).size).toBe(new Set(written).size)
  for (const [index, key] of keys.entries()) {
    const [triple = [], model = ''] = [triples[index], written[index]]
    expect(isResourceKey(key)).toBe(true)
    const parts = key.split('|')
    for (const [at, part] of model.split('|').entries()) {
      if (part.length <= 256) expect(parts[at]).toBe(part)
      else expect(parts[at]).toMatch(/^#[0-9a-f]{64}$/)
    }
    const isWhole = !key.includes('#') && triple.every((part) => part.isWellFormed())
    if (isWhole) expect(Object.values(readResourceKey(key))).toEqual(triple)
  }
  for (const text of triples.flat()) {
    expect(encodePart(text)).toMatch(/^[\x21-\x7e]*$/)
    if (text.isWellFormed()) expect(decodePart(encodePart(text))).toBe(text)
  }
}

function checkMessage({
  bytes,
  requestId,
  json,
}: {
  bytes: Uint8Array
  requestId: string
  json: string
}): void {
  const note = { requestId, sentTicks: 1n as Ticks, receivedEpochMs: 2, keyFingerprint: '0123abcd' }
  for (const [content, text] of [
    [Buffer.from(bytes), undefined],
    [Buffer.from(json), json],
  ] as const) {
    // A delivery's text is read from its bytes, and those hold no lone surrogate.
    const message = packMessage(content, note, text?.toWellFormed())
    if (!message) throw new Error('A short message was not packed.')
    expect(sqsProblems(message)).toEqual([])
    expect(carriedBytes(message)).toEqual(content)
    const { text: unpacked, note: noted } = unpackMessage(message)
    expect(unpacked).toBe(content.toString('utf8'))
    const isShort = modelResourceKey([requestId]).length <= 256
    const asKept = isShort ? requestId : expect.stringMatching(/^#[0-9a-f]{64}$/)
    expect(noted).toEqual(requestId.isWellFormed() ? { ...note, requestId: asKept } : expect.anything())
  }
}

/** What a queue may hold by mistake is read, or refused by an error. */
function checkOpening(hostile: Parameters<typeof unpackMessage>[0]): void {
  try {
    expect(unpackMessage(hostile).text).toEqual(expect.any(String))
  } catch (error) {
    expect(error).toBeInstanceOf(Error)
  }
}

function checkEventKey({
  ticks,
  eventId,
  type,
  parts,
}: {
  ticks: bigint
  eventId: string
  type: string
  parts: Triple
}): void {
  const key = { resourceKey: resourceKey(...parts), ticks: ticks as Ticks, eventId }
  const attributes = eventAttributes({ ...key, type })
  expect(sqsProblems({ body: '-', attributes })).toEqual([])
  const { type: named, ...read } = readEventKey(attributes) ?? {}
  expect(read).toEqual(key)
  if (named !== undefined && type.isWellFormed()) expect(named).toBe(type)
}

/** No text of eight characters and more that is secret is left, as it is, in a JSON text or in a URL. */
function checkRedaction({
  plain,
  inJson,
  around,
}: {
  plain: string
  inJson: string
  around: string[]
}): void {
  const values = new Map([
    ['PLAIN', plain],
    ['JSON', JSON.stringify({ of: [inJson] })],
  ])
  const forms = [plain, inJson].flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text),
  ])
  // A space apart: `%0` before a secret that begins with `0` makes an escape of it.
  const text = forms.map((form, index) => `${around[index % around.length] ?? ''} ${form}`).join('')
  const redacted = redactSecrets(text, values)
  for (const form of forms.filter(({ length }) => length >= 8)) expect(redacted).not.toContain(form)
}

const triple: fc.Arbitrary<Triple> = fc.tuple(ids, ids, ids)
/** Some that are nearly the same: a part moved over a separator, a character encoded by hand, a longer tail. */
const neighbours = fc.tuple(triple, fc.nat(5)).map(([[a, b, c], kind]): Triple[] => {
  const others: Triple[] = [
    [`${a}|${b}`, c, ''],
    ['', `${a}|${b}`, c],
    [a, `${b}|${c}`, ''],
    [encodePart(a), b, c],
    [a, b, `${c}x`],
    [a, `${b}${c}`, ''],
  ]
  return [[a, b, c], others[kind] ?? [a, b, c]]
})
const texts = fc.record({
  triples: fc
    .array(
      fc.oneof(
        neighbours,
        triple.map((one) => [one]),
      ),
      { minLength: 1, maxLength: 3 },
    )
    .map((lists) => lists.flat()),
  delivery: fc.record({ bytes: fc.uint8Array({ maxLength: 60 }), requestId: ids, json: jsonValue }),
  event: fc.record({
    ticks: fc.bigInt({ min: 0n, max: 3_155_378_975_999_999_999n }),
    eventId: fc.stringMatching(/^[0-9a-f]{32}$/),
    type: ids,
    parts: triple,
  }),
  hostile: fc.record({
    body: fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.base64String(),
      fc.constant('H4sIAAAAAAAAA6uuBQBDv6ajAgAAAA=='),
    ),
    attributes: fc.dictionary(
      fc.constantFrom('encoding', 'sent', 'received', 'requestId', 'key'),
      fc.oneof(fc.constantFrom('gzip', 'base64', 'br'), ids),
    ),
  }),
  secrets: fc.record({
    plain: fc.string({ minLength: 4, maxLength: 20 }),
    inJson: fc.string({ unit: 'grapheme', minLength: 4, maxLength: 20 }),
    around: fc.array(fc.string({ maxLength: 6 }), { minLength: 1, maxLength: 3 }),
  }),
})
