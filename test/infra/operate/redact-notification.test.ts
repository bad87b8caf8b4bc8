import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { on, type SmokeballEvent } from '#webhooks'
import { runHandlers, testEvent } from '#webhooks/testing'
import { redactNotification } from '../../../infra/operate/fixtures/redact-notification.ts'
import { payloadOf as payloadIn, readEnvelope } from '../../../shared/event/envelope.ts'
import { type JsonValue, parseLossless, stringifyLossless } from '../../../shared/event/lossless-json.ts'

const folder = new URL('../../../infra/smokeball/samples/', import.meta.url)
const samples = readdirSync(folder)
  .filter((name) => name !== 'INDEX.json')
  .map((name) => [name.replace('.json', ''), readFileSync(new URL(name, folder), 'utf8')] as const)

type Path = (string | number)[]

/** Where something stands in a document: each text, each entry of a list, and each object. */
function placesIn(value: JsonValue, path: Path = []): { texts: Path[]; objects: Path[]; lists: Path[] } {
  const found = { texts: [] as Path[], objects: [] as Path[], lists: [] as Path[] }
  if (typeof value === 'string') found.texts.push(path)
  if (typeof value !== 'object' || value === null) return found
  const entries = Array.isArray(value) ? value.map((each, at) => [at, each] as const) : Object.entries(value)
  found[Array.isArray(value) ? 'lists' : 'objects'].push(path)
  for (const [key, member] of entries) {
    const inner = placesIn(member, [...path, key])
    for (const kind of ['texts', 'objects', 'lists'] as const) found[kind].push(...inner[kind])
  }
  return found
}

function changed(value: JsonValue, [step, ...rest]: Path, change: (at: JsonValue) => JsonValue): JsonValue {
  if (step === undefined) return change(value)
  if (Array.isArray(value)) return value.map((each, at) => (at === step ? changed(each, rest, change) : each))
  const members = value as Record<string, JsonValue>
  return { ...members, [step]: changed(members[step] ?? null, rest, change) }
}

const word = fc.stringMatching(/^[A-Z][a-z]{6,9}$/)
/** What tells of a person, and the parts of it that are nowhere else. */
const personal = fc.oneof(
  fc.tuple(word, word).map(([first, last]) => ({ text: `${first} ${last}`, parts: [first, last] })),
  word.map((name) => ({ text: name, parts: [name] })),
  word.map((name) => ({ text: name.toLowerCase(), parts: [name] })),
  word.map((name) => ({ text: `Zoë ${name}-Łoś`, parts: [name, 'Zoë', 'Łoś'] })),
  fc.tuple(word, fc.integer({ min: 1, max: 999 })).map(([street, number]) => ({
    text: `${number} ${street} Road, Perth WA 6000`,
    parts: [street, 'Road', 'Perth', '6000'],
  })),
  fc.tuple(word, word).map(([name, host]) => ({
    text: `${name.toLowerCase()}@${host.toLowerCase()}.com.au`,
    parts: [name, host],
  })),
  word.map((name) => ({
    text: `https://${name.toLowerCase()}.example.org/${name}?q=${name}`,
    parts: [name],
  })),
  word.map((name) => ({ text: `/matters/${name}`, parts: [name] })),
  word.map((name) => ({ text: `8aca3574-aecb-4a6f-991d-680861bece1d_${name}`, parts: [name] })),
  word.map((name) => ({ text: `2026-07-01T09:30:00Z ${name}`, parts: [name] })),
)
type Planting = 'instead of a text' | 'within a text' | 'as a name' | 'as a member' | 'in a list'
const plantings: Planting[] = ['instead of a text', 'within a text', 'as a name', 'as a member', 'in a list']

/** `pick` chooses among the places. The event's type is not one: it stays. */
function planted(document: JsonValue, how: Planting, text: string, pick: number): JsonValue {
  const { texts, objects, lists } = placesIn(document)
  const among = { 'in a list': lists, 'as a name': objects, 'as a member': objects }[how as string] ?? texts
  const places = among.filter((path) => path[0] !== 'type')
  const place = places[pick % places.length]
  if (place === undefined) return document
  return changed(document, place, (at) => {
    if (Array.isArray(at)) return [...at, text]
    if (typeof at === 'object' && at !== null)
      return { ...at, [how === 'as a name' ? text : 'note']: how === 'as a name' ? 1 : text }
    return how === 'within a text' ? `${String(at)} ${text}` : text
  })
}

it('lets no name, address or link through, wherever it stands', () => {
  fc.assert(
    fc.property(
      ...([fc.constantFrom(...samples), personal, fc.constantFrom(...plantings), fc.nat()] as const),
      ([, sample], { text, parts }, how, pick) => {
        const { kept, ...redacted } = redactNotification(
          stringifyLossless(planted(parseLossless(sample), how, text, pick)),
        )
        const told = [redacted.text, ...kept].join('\n').toLowerCase()
        for (const part of [text, ...parts]) expect(told).not.toContain(part.toLowerCase())
      },
    ),
    { numRuns: 3_000 },
  )
})

it('lets no text of the samples through but words that Smokeball lists, and tells each of these', () => {
  const listed =
    /^(Branches|Contacts|Items|Matters|MatterTypes|Staff|Open|Pending|Complete|Corporation|Custom|API|Smokeball|InfoTrackID|contact)$/
  for (const [type, sample] of samples) {
    const document = parseLossless(sample)
    const { text: redacted, kept } = redactNotification(sample)
    expect(kept).toContain(`type: ${type}`)
    for (const path of placesIn(document).texts) {
      const text = path.reduce<JsonValue>(
        (at, step) => (at as Record<string, JsonValue>)[step] ?? null,
        document,
      ) as string
      // The digits that replace a few others may be some that were there.
      if (!redacted.includes(`"${text}"`) || /^[\d./ -]*$/.test(text)) continue
      expect(text).toMatch(text === type ? type : listed)
      expect(kept.some((each) => each.endsWith(`: ${text}`))).toBe(true)
    }
  }
})

/** Each text by the classes of its characters, each number by its digits; values that are kept as they are. */
function form(value: JsonValue): JsonValue {
  const ids = /(?<![0-9a-z])[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}/gi
  const classes = (text: string) =>
    text
      .replace(ids, (id) => '#'.repeat(id.length))
      .replace(/\p{Lu}/gu, 'A')
      .replace(/(?!A)\p{L}/gu, 'a')
      .replace(/\d/g, '0')
  if (typeof value === 'string') return classes(value)
  if (typeof value === 'number' || typeof value === 'bigint')
    return `${typeof value} ${classes(String(value))}`
  if (Array.isArray(value)) return value.map(form)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, form(member)]))
}

/** The one that each value became, wherever it stood. */
function pairs(before: JsonValue, after: JsonValue): [JsonValue, JsonValue][] {
  if (typeof before !== 'object' || before === null) return [[before, after]]
  return Object.entries(before).flatMap(([name, member]) =>
    pairs(member, (after as Record<string, JsonValue>)[name] ?? null),
  )
}

describe.each(samples)('%s', (type, sample) => {
  it('is the same notification in form, with the same lengths, and what was the same or not is so again', () => {
    const { text: redacted } = redactNotification(sample)
    const [before, after] = [parseLossless(sample), parseLossless(redacted)]
    expect(form(after)).toEqual(form(before))
    // A word that is listed for one property is a text as any other for the next.
    const found = pairs(before, after)
      .map((pair) => pair.map((each) => stringifyLossless(each)))
      .filter(([was, is]) => was !== is)
    const distinct = (at: number) => new Set(found.map((pair) => pair[at])).size
    expect(distinct(1)).toBe(distinct(0))
    expect(new Set(found.map((pair) => pair.join('\n'))).size).toBe(distinct(0))
    expect(redactNotification(sample).text).toBe(redacted)
  })

  it('is read and handled as the event that it was', async () => {
    const before = readEnvelope(sample)
    const { resource, ticks, ...envelope } = readEnvelope(redactNotification(sample).text)
    const payload = payloadIn(envelope)
    expect(envelope.type).toBe(type)
    expect(ticks).toBe(before.ticks)
    expect(resource.kind).toBe(before.resource.kind)
    // An id that was found is found again, at the same place.
    expect(resource.id === envelope.eventId).toBe(before.resource.id === before.eventId)
    const seen: SmokeballEvent[] = []
    const event = testEvent(type, { ticks, payload, accountId: envelope.accountId } as object)
    const ran = await runHandlers([on('*', { name: 'see' }, (given) => void seen.push(given))], event)
    expect(ran.see?.outcome).toBe('handled')
    expect(seen[0]?.resource).toEqual(
      resource.kind === 'error' || resource.kind === 'noop' ? expect.anything() : resource,
    )
  })
})

const notification = (payload: JsonValue) =>
  stringifyLossless({
    accountId: 'firm-1',
    type: 'contact.updated',
    timestamp: 639170696424691361n,
    payload,
  })
const payloadOf = (payload: JsonValue) =>
  (parseLossless(redactNotification(notification(payload)).text) as Record<string, JsonValue>).payload

it('keeps the form of a text, and makes the same of the same', () => {
  const given = {
    email: 'j@brown.com',
    phone: { number: '(555) 123-4567' },
    name: 'John Smith',
    title: 'Jane Smith',
    notes: 'John Smith',
    text: '+61 8 1234 5678',
    website: 'https://brown.com/john?x=1',
    street: '名前 Łoś',
    people: [{ email: 'k@brown.com' }, { email: 'j@brown.com' }],
    description: ' – ',
  }
  expect(payloadOf(given)).toEqual({
    email: 'q@qqqqq.qqq',
    phone: { number: '(000) 000-0000' },
    name: 'Qqqq Qqqqq',
    title: 'Rqqq Qqqqq',
    notes: 'Qqqq Qqqqq',
    text: '+00 0 0000 0000',
    website: 'https://qqqqq.qqq/qqqq?q=0',
    key1: '天天 αqα',
    people: [{ email: 'r@qqqqq.qqq' }, { email: 'q@qqqqq.qqq' }],
    description: ' – ',
  })
})

it('makes other ids of ids, the same wherever they stand', () => {
  const [first, second] = ['68df1d38-b9a3-4855-b32f-6af1aae2f258', '6aeee3fb-7587-4b33-8570-9d34dbde5d8f']
  const fake = (count: number) => `00000000-0000-4000-8000-00000000000${count}`
  expect(
    payloadOf({
      id: first,
      matterId: second.toUpperCase(),
      itemId: 'Plaintiff',
      matterType: { id: `${first}_IL` },
      href: `https://api.smokeball.com.au/matters/${second}/roles?name=John`,
      staffIds: [first.replaceAll('-', ''), '00000000-0000-0000-0000-000000000000'],
    }),
  ).toEqual({
    id: fake(1),
    matterId: fake(2),
    itemId: 'Qqqqqqqqq',
    matterType: { id: `${fake(1)}_QQ` },
    href: `https://api.smokeball.com.au/matters/${fake(2)}/roles?qqqq=Qqqq`,
    staffIds: [fake(1).replaceAll('-', ''), '00000000-0000-0000-0000-000000000000'],
  })
})

it('makes other dates of dates, each a day of its own, in the form that it had', () => {
  const given = {
    a: '1957-03-04',
    b: '2026-07-01T09:30:00Z',
    c: '1957-03-04',
    d: '2026-07-01T09:30:00.1234567+10:00',
  }
  expect(Object.values(payloadOf(given) as object)).toEqual([
    ...['2000-01-01', '2000-01-02T00:00:00Z', '2000-01-01', '2000-01-03T00:00:00.0000000+00:00'],
  ])
  expect(JSON.stringify(payloadOf({ title: 'ⓂⒶⓇⓎ ⓌⒶⓉⓢⓄⓃ 👰💍 🅜🅐' }))).not.toMatch(/[Ⓜ-ⓩ👰💍🅜🅐]/u)
  expect(Object.values(payloadOf({ a: 'PT2H30M', b: '1957-03-04 Mary' }) as object)).toEqual([
    'PT1H10M',
    '0000-00-00 Qqqq',
  ])
})

it('keeps listed words where they are listed, and nowhere else', () => {
  expect(payloadOf({ status: 'Open', title: 'Open', rel: 'John', eventType: 'Occurrence' })).toEqual({
    status: 'Open',
    title: 'Qqqq',
    rel: 'Rqqq',
    eventType: 'Occurrence',
  })
})

it("keeps names of Smokeball's alone, and takes others for texts", () => {
  const given = {
    items: { borrower: [{ name: 'Borrower' }] },
    'Jane Doe': 1,
    john: { smith: 1, john: 'x' },
    additionalData: { john: 'x' },
    id: null,
  }
  expect(payloadOf(given)).toEqual({
    items: { key1: [{ name: 'Qqqqqqqq' }] },
    key2: 1,
    key3: { key4: 1, key3: 'q' },
    additionalData: { key3: 'q' },
    id: null,
  })
  const { keptNames } = redactNotification(notification(given))
  expect(keptNames).toEqual([
    'accountId',
    'type',
    'timestamp',
    'payload',
    'items',
    'name',
    'additionalData',
    'id',
  ])
})

it.each([
  ['matter.updated', 'matter.updated'],
  ['Mary.Watson', 'Qqqq.Qqqqqq'],
  ['contact.Mary', 'contact.Qqqq'],
  ['contact', 'contact'],
  ['mary', 'qqqq'],
])('of the type %s it keeps what Smokeball lists: %s', (type, shown) => {
  const text = notification({ id: '1' }).replace('contact.updated', type)
  const redacted = redactNotification(text)
  expect([redacted.type, readEnvelope(redacted.text).type]).toEqual([shown, shown])
  expect(`${redacted.text}${redacted.kept}`).not.toMatch(/mary|watson/i)
})

it('keeps no number but moments in ticks, listed ones and nothing, and of others the kind and the digits', () => {
  const text = notification(null).replace(
    'null',
    '{"lastUpdated":639170695233554431,"amount":4111111111111111,"rateType":1,"tax":0,"total":-0.00,"price":12.50,' +
      '"quantity":3,"paid":3,"rate":4,"index":-17,"billed":1.5E10,"interest":9999999999999999,"duration":123456789012345678,' +
      '"discount":0.07,"waived":4111111111111112,"versionId":4012888888881881123}',
  )
  const { text: redacted, kept } = redactNotification(text)
  expect(redacted.slice(redacted.indexOf('"payload"')).replace(/\s/g, '')).toBe(
    '"payload":{"lastUpdated":639170695233554431,"amount":1000000000000000,"rateType":1,"tax":0,"total":-0.00,"price":10.00,' +
      '"quantity":1,"paid":1,"rate":2,"index":-10,"billed":1.0E10,"interest":9999999999999999,"duration":100000000000000000,' +
      '"discount":0.01,"waived":1000000000000001,"versionId":1000000000000000000}}',
  )
  expect(kept).toEqual([
    ...[
      'type: contact.updated',
      'timestamp: 639170696424691361',
      'lastUpdated: 639170695233554431',
      'rateType: 1',
    ],
  ])
})

it('keeps the kind, the digits and the identity of any number', () => {
  const anyNumber = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.maxSafeInteger(),
    fc.bigInt(-(10n ** 19n), 10n ** 19n),
  )
  fc.assert(
    fc.property(fc.uniqueArray(anyNumber, { minLength: 1, maxLength: 20, selector: String }), (numbers) => {
      const digits = numbers.map((each) => String(each))
      const { text } = redactNotification(
        notification(null).replace('null', `[${[...digits, ...digits].join()}]`),
      )
      const made = text.match(/(?<=^ {4})-?\d[^,\n]*/gm) ?? []
      expect(made.slice(digits.length)).toEqual(made.slice(0, digits.length))
      expect(new Set(made).size).toBe(new Set(digits).size)
      for (const [at, each] of digits.entries()) {
        const [, mantissa = '', exponent = ''] = /^([^e]*)(.*)$/.exec(each) ?? []
        expect(made[at]?.replace(/\d/g, '0')).toBe(`${mantissa}${exponent}`.replace(/\d/g, '0'))
        if (!/[.e]/.test(each) && /[1-9]/.test(each))
          expect(Number.isSafeInteger(Number(made[at]))).toBe(Number.isSafeInteger(Number(each)))
      }
    }),
  )
})

it('keeps members that are there twice, and what is the same text in other letters', () => {
  const text = notification(null).replace(
    'null',
    '{"name":"Ann","name":"Bob","n\\u0061me":"\\u0041nn","x":"\\ud800"}',
  )
  const { text: redacted } = redactNotification(text)
  expect(redacted.slice(redacted.indexOf('"payload"')).replace(/\s/g, '')).toBe(
    '"payload":{"name":"Qqq","name":"Rqq","name":"Qqq","key1":"\\ud800"}}',
  )
})

it('is laid out as JSON is, but for what is nested deep', () => {
  const given = notification({ items: [[], {}, [1, { a: [null, true] }]], id: '' })
  const text = redactNotification(given).text.replace(/\d{18}/, '1')
  expect(text).toBe(`${JSON.stringify(JSON.parse(text), null, 2)}\n`)
  const deep = `${'[{"a":'.repeat(45)}[${'1,'.repeat(10_000)}1]${'}]'.repeat(45)}`
  const nested = redactNotification(notification(null).replace('null', deep)).text
  expect(nested.length).toBeLessThan(2 * deep.length)
})

it('is quick with a long text that is nearly a number', () => {
  expect(payloadOf({ notes: `${'1'.repeat(1_000_000)}x` })).toEqual({ notes: `${'0'.repeat(1_000_000)}q` })
})
