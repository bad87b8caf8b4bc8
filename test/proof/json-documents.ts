import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import {
  ids,
  jsonObject,
  jsonValue,
  key,
  memberText,
  number,
  someChars,
  space,
  style,
  written,
  writtenOf,
} from './json-texts.ts'
import { kinds } from './notification-model.ts'

const samplesFolder = new URL('../../infra/smokeball/samples/', import.meta.url)
const samples = readdirSync(samplesFolder)
  .filter((name) => name !== 'INDEX.json')
  .map((name) => readFileSync(new URL(name, samplesFolder), 'utf8'))

const types = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(...kinds, 'brand', 'toString', '__proto__'),
      fc.constantFrom('.updated', '.created', '', '.', '.a.b'),
    )
    .map((parts) => parts.join('')),
  ids,
)
const ticks = fc.oneof(
  fc.bigInt({ min: 0n, max: 10n ** 19n }).map(String),
  fc.constantFrom(
    '639170696424691361',
    '0',
    '1',
    '3155378975999999999',
    '3155378976000000000',
    '007',
    '-1',
    '1.0',
    '1e17',
    '"639170696424691361"',
    'null',
  ),
)

/** A payload such as Smokeball's, with an id in one of the places where ids are looked for. */
const links = ids.chain((id) =>
  fc.constantFrom(
    `/matters/${id}/roles`,
    `https://x/matters/${id}/layouts`,
    `/matters/${id}`,
    `/matters//`,
    `/matters/${id}/`,
    id,
  ),
)
const idHolder = fc.oneof(
  writtenOf(ids).chain((id) =>
    fc.constantFrom(
      `"id":${id}`,
      `"matterId":${id}`,
      `"matter":{"id":${id}}`,
      `"userId":${id}`,
      `"items":[{"itemId":${id}}]`,
      `"itemId":${id}`,
    ),
  ),
  writtenOf(links).chain((href) =>
    fc.constantFrom(`"href":${href}`, `"items":[{"href":"/contacts/c"},{"href":${href}}]`),
  ),
  number.map((id) => `"id":${id}`),
)
const payload = fc.oneof(
  fc.array(idHolder, { maxLength: 3 }).map((members) => `{${members.join(',')}}`),
  jsonObject,
  jsonValue,
)

const member = fc.oneof(
  fc.tuple(fc.constantFrom('accountId', 'userId', 'subscriptionId', 'source'), writtenOf(ids)),
  fc.tuple(fc.constant('type'), writtenOf(types)),
  fc.tuple(fc.constant('timestamp'), ticks),
  fc.tuple(fc.constant('payload'), payload),
)
const envelopeMembers = fc.tuple(
  writtenOf(ids).map((id) => ['accountId', id]),
  writtenOf(types).map((type) => ['type', type]),
  ticks.map((digits) => ['timestamp', digits]),
  payload.map((text) => ['payload', text]),
)

/** Members of a notification, in any order, some twice, some with an escaped key. */
const notification = fc
  .tuple(
    envelopeMembers,
    fc.array(fc.oneof(member, fc.tuple(key, jsonValue)), { maxLength: 3 }),
    style,
    space,
  )
  .chain(([first, more, how, gap]) =>
    fc
      .shuffledSubarray([...first, ...more], { minLength: Math.max(0, first.length + more.length - 1) })
      .map((all) => {
        const texts = all.map(([name = '', text = '']) =>
          memberText([name.startsWith('"') ? name : written(name, how), text, gap]),
        )
        return `${gap}{${texts.join(',')}}${gap}`
      }),
  )

export const edits = fc.array(
  fc.record({
    at: fc.nat(),
    kind: fc.constantFrom('insert', 'delete', 'replace', 'double'),
    text: fc.oneof(
      fc.constantFrom(...'{}[]",:\\0e-. ', 'null', '"payload":', '\\u0', '\ufeff', '\u00a0'),
      someChars,
    ),
  }),
  { minLength: 1, maxLength: 3 },
)
export type Edit = typeof edits extends fc.Arbitrary<(infer E)[]> ? E : never

export function edited(text: string, changes: readonly Edit[]): string {
  return changes.reduce((before, { at, kind, text: part }) => {
    const where = at % (before.length + 1)
    const [head, tail] = [before.slice(0, where), before.slice(where)]
    if (kind === 'insert') return head + part + tail
    if (kind === 'delete') return head + tail.slice(part.length)
    if (kind === 'double') return head + tail.slice(0, 12) + tail
    return head + part + tail.slice(1)
  }, text)
}

/** Notifications, other JSON, and what is nearly one of them. */
export const documents = fc.oneof(
  { arbitrary: notification, weight: 6 },
  { arbitrary: fc.tuple(notification, edits).map(([text, changes]) => edited(text, changes)), weight: 2 },
  {
    arbitrary: fc.tuple(fc.constantFrom(...samples), edits).map(([text, changes]) => edited(text, changes)),
    weight: 1,
  },
  { arbitrary: fc.constantFrom(...samples), weight: 1 },
  { arbitrary: jsonValue, weight: 1 },
  { arbitrary: someChars, weight: 1 },
)

/**
 * After a key with a backslash at its end, Node 24's `JSON.parse` may take a later key with another escape there for it:
 * https://github.com/nodejs/node/issues/63785
 */
export const poisoning = [
  String.raw`{"payload\\":1}`,
  String.raw`[{"h":[],"\\":0},{"h":1,"\"":2}]`,
  String.raw`{"h":1,"\"":2}`,
  String.raw`[{"x":1,"id\\":1},{"x":1,"id\"":2},{"x":1,"id\n":3}]`,
  String.raw`{"accountId":"a","type":"matter.updated","timestamp":1,"payload":{"x":1,"id\\":"b"}}`,
  String.raw`{"accountId":"a","type":"matter.updated","timestamp":1,"payload":{"x":1,"id\r":"b","n":639170696424691361}}`,
  String.raw`{"accountId":"a","type":"noop","timestamp":1,"payload\\":1,"payload\"":2}`,
]
