import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { on, type SmokeballEvent } from '#webhooks'
import { runHandlers, testEvent } from '#webhooks/testing'
import { redactNotification } from '../../../infra/cli/pull/redact-notification.ts'
import { payloadOf as payloadIn, readEnvelope } from '../../../shared/envelope.ts'
import { type JsonValue, parseLossless, stringifyLossless } from '../../../shared/lossless-json.ts'

const folder = new URL('../../fixtures/samples/', import.meta.url)
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
  word.map((name) => ({ text: `Zoë ${name}-Łoś`, parts: [name, 'Zoë', 'Łoś'] })),
  fc.tuple(word, fc.integer({ min: 1, max: 999 })).map(([street, number]) => ({
    ...{ text: `${number} ${street} Road, Perth WA 6000`, parts: [street, 'Road', 'Perth', '6000'] },
  })),
  fc.tuple(word, word).map(([name, host]) => ({
    ...{ text: `${name.toLowerCase()}@${host.toLowerCase()}.com.au`, parts: [name, host] },
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
        const redacted = redactNotification(
          stringifyLossless(planted(parseLossless(sample), how, text, pick)),
        )
        const told = redacted.toLowerCase()
        for (const part of [text, ...parts]) expect(told).not.toContain(part.toLowerCase())
      },
    ),
    { numRuns: 3_000 },
  )
})

it('lets no text of the samples through but words that Smokeball lists', () => {
  const listed =
    /^(Branches|Contacts|Items|Matters|MatterTypes|Staff|Open|Pending|Complete|Corporation|Custom|API|Smokeball|InfoTrackID|contact)$/
  const harmless = /^$|^\d{4}-\d\d-\d\d|^PT|^\d{17,19}$/
  for (const [type, sample] of samples) {
    const document = parseLossless(sample)
    const redacted = redactNotification(sample)
    for (const path of placesIn(document).texts) {
      const text = path.reduce<JsonValue>(
        (at, step) => (at as Record<string, JsonValue>)[step] ?? null,
        document,
      ) as string
      if (listed.test(text) || harmless.test(text) || text === type || /^[0-]+$/.test(text)) continue
      expect(redacted).not.toContain(`"${text}"`)
    }
  }
})

describe.each(samples)('%s', (type, sample) => {
  it('is the same notification in shape, with all its numbers, dates and yes or no', () => {
    const skeleton = (value: JsonValue): JsonValue => {
      if (typeof value === 'string') return /^\d{4}-\d\d-\d\d/.test(value) ? value : 'text'
      if (Array.isArray(value)) return value.map(skeleton)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, skeleton(member)]))
    }
    const redacted = redactNotification(sample)
    expect(skeleton(parseLossless(redacted))).toEqual(skeleton(parseLossless(sample)))
    expect(redactNotification(sample)).toBe(redacted)
  })

  it('is read and handled as the event that it was', async () => {
    const before = readEnvelope(sample)
    const { resource, ticks, ...envelope } = readEnvelope(redactNotification(sample))
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
    ...{ accountId: 'firm-1', type: 'contact.updated', timestamp: 639170696424691361n },
    payload,
  })
const payloadOf = (payload: JsonValue) =>
  (parseLossless(redactNotification(notification(payload))) as Record<string, JsonValue>).payload

it('keeps the kind of a text, and makes the same of the same', () => {
  const given = {
    ...{ email: 'j@brown.com', phone: { number: '(555) 123-4567' }, name: 'John Smith', title: 'Jane Doe' },
    ...{ notes: 'John Smith', text: '+61 8 1234 5678', website: 'https://brown.com/john?x=1' },
    people: [{ email: 'jane@brown.com' }, { email: 'j@brown.com' }],
  }
  expect(payloadOf(given)).toEqual({
    ...{
      email: 'person@example.com',
      phone: { number: '(000) 000-0001' },
      name: 'Redacted',
      title: 'Redacted 2',
    },
    ...{ notes: 'Redacted', text: '+00 0 0000 0002', website: 'https://example.com/id-2' },
    people: [{ email: 'person2@example.com' }, { email: 'person@example.com' }],
  })
})

it('makes other ids of ids, the same wherever they stand', () => {
  const [first, second] = ['68df1d38-b9a3-4855-b32f-6af1aae2f258', '6aeee3fb-7587-4b33-8570-9d34dbde5d8f']
  const fake = (count: number) => `00000000-0000-4000-8000-00000000000${count}`
  expect(
    payloadOf({
      ...{
        id: first,
        matterId: second.toUpperCase(),
        itemId: 'Plaintiff',
        matterType: { id: `${first}_IL` },
      },
      href: `https://api.smokeball.com.au/matters/${second}/roles?name=John`,
      staffIds: [first.replaceAll('-', ''), '00000000-0000-0000-0000-000000000000'],
    }),
  ).toEqual({
    ...{ id: fake(1), matterId: fake(2), itemId: 'id-2', matterType: { id: `${fake(1)}_IL` } },
    href: `https://api.smokeball.com.au/matters/${fake(2)}/roles`,
    staffIds: [fake(1).replaceAll('-', ''), '00000000-0000-0000-0000-000000000000'],
  })
})

it('keeps listed words where they are listed, and nowhere else', () => {
  expect(payloadOf({ status: 'Open', title: 'Open', rel: 'John', eventType: 'Occurrence' })).toEqual({
    ...{ status: 'Open', title: 'Redacted', rel: 'Redacted 2', eventType: 'Occurrence' },
  })
})

it('takes names of members for texts where they are values, or look like it', () => {
  const given = {
    items: { borrower: [{ name: 'Borrower' }] },
    'Jane Doe': 1,
    newField: 2,
    additionalData: { john: 'x' },
  }
  expect(payloadOf(given)).toEqual({
    ...{ items: { Redacted: [{ name: 'Redacted 2' }] }, 'Redacted 3': 1, newField: 2 },
    additionalData: { 'Redacted 4': 'Redacted 5' },
  })
})

it('keeps each digit of long integers', () => {
  expect(payloadOf({ lastUpdated: 639170695233554431n, amount: 12.5 })).toEqual({
    ...{ lastUpdated: 639170695233554431n, amount: 12.5 },
  })
})

it('is quick with a long text that is nearly a number', () => {
  expect(payloadOf({ note: `${'1'.repeat(1_000_000)}x` })).toEqual({ note: 'Redacted' })
})
