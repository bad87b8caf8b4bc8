import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { parseLossless, stringifyLossless } from '../../shared/event/lossless-json.ts'
import { knownEventTypes } from '../../shared/event/payloads.generated.ts'
import { parseTicks } from '../../shared/event/ticks.ts'

/** In 2025: the same in every run, and past, since the receiver takes no event from the future. */
export const someTicks = parseTicks('638844336123456789')

const samplesFolder = new URL('../../infra/smokeball/samples/', import.meta.url)

/** Smokeball's samples by event type, without the space that makes them easy to read. */
export function samples(): { type: string; text: string }[] {
  return readdirSync(samplesFolder)
    .filter((file) => file !== 'INDEX.json')
    .map((file) => ({
      type: file.replace(/\.json$/, ''),
      text: stringifyLossless(parseLossless(readFileSync(new URL(file, samplesFolder), 'utf8'))),
    }))
}

/** A GUID that is the same in every run. */
export function guid(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex')
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-a$4-$5')
}

export interface NotificationFacts {
  type?: string
  accountId?: string
  id?: string
  ticks?: bigint
  /** Names with letters beyond Latin-1, which JavaScript keeps and encodes in another way. */
  foreignNames?: boolean
}

/** A notification with just enough payload to name its resource. */
export function notification(facts: NotificationFacts = {}): string {
  return envelope(facts, `{"id":${JSON.stringify(facts.id ?? guid('resource'))}}`)
}

/** A contact-like notification of exactly `bytes` bytes (from 800): nested people with GUIDs and addresses. */
export function contactNotification(bytes: number, facts: NotificationFacts = {}): string {
  const people: unknown[] = []
  const text = (notes: string) =>
    envelope({ type: 'contact.updated', ...facts }, payload(facts, people, notes))
  for (let next = text(''); Buffer.byteLength(next) + 640 <= bytes; next = text('')) {
    people.push(person(`${facts.id}${people.length}`, facts.foreignNames))
  }
  const missing = bytes - Buffer.byteLength(text(''))
  if (missing < 0) throw new RangeError(`No contact fits ${bytes} bytes.`)
  return text(proseOf(missing))
}

function envelope(
  { type = 'contact.updated', accountId, ticks = someTicks }: NotificationFacts,
  payload: string,
) {
  const account = JSON.stringify(accountId ?? guid('account'))
  return `{"accountId":${account},"userId":"${guid('user')}","subscriptionId":"${guid('subscription')}","type":${JSON.stringify(type)},"source":"Smokeball","payload":${payload},"timestamp":${ticks}}`
}

function payload(
  { id = guid('resource'), foreignNames }: NotificationFacts,
  groupOfPeople: unknown[],
  notes: string,
): string {
  const contact = {
    id,
    externalSystemId: null,
    versionId: guid(`version of ${id}`),
    person: person(id, foreignNames),
    groupOfPeople,
    isDeleted: false,
    notes,
  }
  return JSON.stringify(contact)
}

function person(seed: string, foreignName = false) {
  const number = Number.parseInt(guid(seed).slice(0, 6), 16)
  return {
    id: guid(`person ${seed}`),
    title: null,
    firstName: `Jordan ${number}`,
    lastName: foreignName ? 'Dvořák "Jo" O’Neill' : 'Miller "Jo" O\'Neill',
    email: `jordan.${number}@example.com`,
    phone: { areaCode: String(number % 1000), number: String(5_550_000 + (number % 9999)) },
    residentialAddress: {
      streetNumber: String(number % 400),
      streetName: 'Broad',
      city: 'Chicago',
      state: 'IL',
      zipCode: String(10_000 + (number % 80_000)),
      poBox: null,
    },
    isDeceased: false,
    tags: [number % 97, number % 89],
  }
}

const words =
  'the client has asked for a copy of the signed contract before settlement on Friday and will call again about costs matter file letter court hearing lease purchase deposit agent bank'.split(
    ' ',
  )

/** Notes as people write them: words in no order, as compressible as such text is. */
function proseOf(chars: number): string {
  let text = ''
  for (let index = 0; text.length < chars; index++) {
    text += `${words[Number.parseInt(guid(`word ${index}`).slice(0, 4), 16) % words.length]} `
  }
  return text.slice(0, chars)
}

/** Every known type, and the worst that the wire could bring. */
export function typesAndIds(): { type: string; id: string; accountId: string }[] {
  const long = 'x'.repeat(3_000)
  const emoji = '📎'.repeat(40)
  const known = knownEventTypes.map((type) => ({ type, id: guid(type), accountId: guid('account') }))
  return [
    ...known,
    { type: 'matter.updated', id: long, accountId: guid('account') },
    { type: 'matter.updated', id: long, accountId: long },
    { type: `${emoji}.updated`, id: guid('id'), accountId: guid('account') },
    { type: `contact.${emoji}`, id: emoji, accountId: emoji },
    { type: `"\\\u0001${emoji}`, id: '" |\\', accountId: long },
    { type: long, id: long, accountId: long },
  ]
}
