import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type JsonNode, memberOf, readJson, stringOf } from './json-model.ts'

/** What a notification tells, by the contract, read from `json-model.ts`'s tree. */
export interface ModelEnvelope {
  accountId: string
  type: string
  userId: string | undefined
  subscriptionId: string | undefined
  source: string | undefined
  ticks: bigint
  payload: JsonNode | undefined
  payloadText: string
  eventId: string
  resource: { kind: string; id: string }
}

/** The year 9999's last: https://learn.microsoft.com/dotnet/api/system.datetime.maxvalue */
const maxTicks = 3_155_378_975_999_999_999n

/** Undefined: it is none. */
export function modelEnvelope(text: string): ModelEnvelope | undefined {
  const body = readJson(text)
  const accountId = stringOf(memberOf(body, 'accountId'))
  const type = stringOf(memberOf(body, 'type'))
  const timestamp = memberOf(body, 'timestamp')
  const payload = memberOf(body, 'payload')
  if (!accountId || !type || timestamp?.kind !== 'number') return undefined
  if (!/^[0-9]{1,19}$/.test(timestamp.text) || BigInt(timestamp.text) > maxTicks) return undefined
  if (!payload && type !== 'noop') return undefined
  const ticks = BigInt(timestamp.text)
  const payloadText = payload?.text ?? ''
  const eventId = modelEventId([accountId, type, ticks.toString(), payloadText])
  return {
    accountId,
    type,
    ticks,
    payload,
    payloadText,
    eventId,
    userId: stringOf(memberOf(body, 'userId')),
    subscriptionId: stringOf(memberOf(body, 'subscriptionId')),
    source: stringOf(memberOf(body, 'source')),
    resource: modelResource(type, payload, eventId),
  }
}

function modelEventId(parts: readonly string[]): string {
  const chunks = parts.map(bytesOf).flatMap((bytes) => [Buffer.from(`${bytes.length}:`), bytes])
  return createHash('sha256').update(Buffer.concat(chunks)).digest('hex').slice(0, 32)
}

/** `account|kind|id`; a part that is long in that writing may be replaced by a hash, which this does not say. */
export function modelResourceKey(parts: readonly string[]): string {
  return parts.map((part) => Array.from(bytesOf(part), percentEncoded).join('')).join('|')
}

function percentEncoded(byte: number): string {
  const char = String.fromCharCode(byte)
  return /[A-Za-z0-9_.!~*'()-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
}

/** UTF-8 in which a lone surrogate has the three bytes of its number (WTF-8). */
export function bytesOf(text: string): Buffer {
  const bytes: number[] = []
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0
    if (code < 0x80) bytes.push(code)
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), continued(code))
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), continued(code >> 6), continued(code))
    else bytes.push(0xf0 | (code >> 18), continued(code >> 12), continued(code >> 6), continued(code))
  }
  return Buffer.from(bytes)
}

function continued(bits: number): number {
  return 0x80 | (bits & 0x3f)
}

interface EventFacts {
  resource: string
  idPath: string | null
  fallbackIdPaths: string[]
}
const facts = new URL('../../infra/smokeball/event-types.json', import.meta.url)
const pathsByKind = new Map(
  (JSON.parse(readFileSync(facts, 'utf8')) as EventFacts[]).map((event) => [
    event.resource,
    [...(event.idPath ? [event.idPath] : []), ...event.fallbackIdPaths],
  ]),
)
export const kinds = [...pathsByKind.keys()]

function modelResource(
  type: string,
  payload: JsonNode | undefined,
  eventId: string,
): ModelEnvelope['resource'] {
  const kind = type.split('.', 1)[0] ?? ''
  if (kind === 'error' || kind === 'noop') return { kind, id: eventId }
  for (const path of [...(pathsByKind.get(kind) ?? []), 'id']) {
    const [before, template] = path.split('href:')
    const id = template === undefined ? idOf(at(payload, path)) : linkedId(payload, before ?? '', template)
    if (id !== undefined) return { kind, id }
  }
  return { kind, id: eventId }
}

function idOf(node: JsonNode | undefined): string | undefined {
  if (node?.kind === 'string') return node.value || undefined
  const number = node?.kind === 'number' ? Number(node.text) : undefined
  return Number.isSafeInteger(number) ? String(number) : undefined
}

/** `matter.id`, `items[0].itemId` */
function at(node: JsonNode | undefined, path: string): JsonNode | undefined {
  let found = node
  for (const step of path.replaceAll(']', '').split(/[.[]/)) {
    found = found?.kind === 'array' ? found.items[Number(step)] : memberOf(found, step)
  }
  return found
}

/** `/matters/{id}/roles` in the payload's `href`; `items[].` asks for the first item's that has it. */
function linkedId(payload: JsonNode | undefined, before: string, template: string): string | undefined {
  const items = memberOf(payload, before.replace('[].', ''))
  const holders = before === '' ? [payload] : items?.kind === 'array' ? items.items : []
  const [start = '', end = ''] = template.split('{id}')
  const links = holders.map((holder) => stringOf(memberOf(holder, 'href')) ?? '')
  const ids = links.map((href) => {
    const rest = href.includes(start) ? href.slice(href.indexOf(start) + start.length) : ''
    const id = rest.includes('/') ? rest.slice(0, rest.indexOf('/')) : ''
    return rest.slice(id.length).startsWith(end) ? id : ''
  })
  return ids.find((id) => id !== '')
}
