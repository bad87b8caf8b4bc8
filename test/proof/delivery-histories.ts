import fc from 'fast-check'
import {
  type Body,
  canary,
  clientId,
  type PlannedDelivery,
  type SecretState,
  type Step,
  secretTexts,
} from './deliveries.ts'
import { documents, edited, edits } from './json-documents.ts'
import { ids, jsonValue } from './json-texts.ts'

const second = 10_000_000n
const tolerance = 300n * second

/** Near either bound of the tolerance, far off, and now. */
const sentTicks = fc.oneof(
  { arbitrary: fc.constant(0n), weight: 8 },
  { arbitrary: fc.bigInt({ min: -tolerance, max: tolerance }), weight: 3 },
  {
    arbitrary: fc
      .tuple(fc.constantFrom(-tolerance, tolerance), fc.bigInt({ min: -2n, max: 2n }))
      .map(([bound, by]) => bound + by),
    weight: 3,
  },
  { arbitrary: fc.bigInt({ min: -2n * 10n ** 18n, max: 4n * 10n ** 18n }), weight: 1 },
)

const oddTicks: PlannedDelivery['writeTicks'][] = [
  (digits) => `0${digits}`,
  (digits) => `00000${digits}`,
  (digits) => ` ${digits}`,
  (digits) => `${digits}\n`,
  (digits) => `${digits}.0`,
  (digits) => `+${digits}`,
  (digits) => digits.replace(/.$/, '٣'),
  (digits) => `0x${BigInt(digits).toString(16)}`,
  (digits) => `${digits.slice(0, 4)}e14`,
  (digits) => `${digits},${digits}`,
  (digits) => Number(digits),
  (digits) => [digits],
  () => '',
  () => null,
  () => ({}),
]
const writeTicks = fc.oneof(
  { arbitrary: fc.constant<PlannedDelivery['writeTicks']>((digits) => digits), weight: 12 },
  fc.constantFrom(...oddTicks),
)

type Change = PlannedDelivery['change']

const sameSignature: Change[] = [
  (headers) => ({ ...headers, signature: headers.signature.toUpperCase() }),
  ({ timestamp, requestid, signature }) => ({
    Timestamp: timestamp,
    RequestId: requestid,
    Signature: signature,
  }),
  ({ timestamp, requestid, signature }) => ({
    TIMESTAMP: timestamp,
    REQUESTID: requestid,
    SIGNATURE: signature,
  }),
  (headers) => ({ ...headers, __proto__: null, 'x-forwarded-for': '192.0.2.1', '': '', constructor: 'x' }),
]
const otherSignature: Change[] = [
  (headers) => ({ ...headers, signature: flipped(headers.signature) }),
  (headers) => ({ ...headers, signature: headers.signature.slice(0, -1) }),
  (headers) => ({ ...headers, signature: `${headers.signature}0` }),
  (headers) => ({ ...headers, signature: ` ${headers.signature}` }),
  (headers) => ({ ...headers, signature: `${headers.signature}\n` }),
  (headers) => ({ ...headers, signature: `${headers.signature},${headers.signature}` }),
  (headers) => ({ ...headers, signature: `sha256=${headers.signature}` }),
  (headers) => ({ ...headers, signature: Buffer.from(headers.signature, 'hex').toString('base64') }),
  (headers) => ({ ...headers, signature: '0'.repeat(64) }),
  (headers) => ({ ...headers, signature: '' }),
  (headers) => ({ ...headers, signature: [headers.signature] }),
  (headers) => ({ ...headers, signature: { toString: 'x' } }),
  (headers) => ({ ...headers, signature: undefined }),
  (headers) => ({ ...headers, timestamp: undefined }),
  (headers) => ({ ...headers, requestid: undefined }),
  (headers) => ({ ...headers, requestid: `${headers.requestid ?? ''}x` }),
  (headers) => ({ ...headers, requestid: [headers.requestid] }),
  (headers) => ({ ...headers, requestid: null }),
  // The separator moves: the same text is signed, cut elsewhere.
  (headers) => ({ ...headers, requestid: `${headers.requestid ?? ''}|${clientId}` }),
  (headers) => ({ ...headers, Signature: flipped(headers.signature) }),
  (headers) => ({ ...headers, Timestamp: '0' }),
  (headers) => ({ timestamp: headers.requestid, requestid: headers.timestamp, signature: headers.signature }),
  () => ({}),
]
const change = fc.oneof(
  { arbitrary: fc.constant<Change>((headers) => ({ ...headers })), weight: 10 },
  { arbitrary: fc.constantFrom(...sameSignature), weight: 3 },
  { arbitrary: fc.constantFrom(...otherSignature), weight: 5 },
)

function flipped(signature: string): string {
  return signature.replace(/.$/, (digit) => (Number.parseInt(digit, 16) ^ 1).toString(16))
}

/** A notification whose time lies around the bound that its delivery sets: ten seconds after what is signed. */
const notification = fc
  .record({
    ids: fc.tuple(ids, ids, ids).map((texts) => texts.map((text) => text.toWellFormed())),
    action: fc.constantFrom('updated', 'created', '', 'x.y'),
    ahead: fc.oneof(
      { arbitrary: fc.constant(0n), weight: 3 },
      fc
        .constantFrom(10n, 11n, 299n, 300n, 3_000n)
        .chain((seconds) => fc.bigInt({ min: -10_001n, max: 10_001n }).map((by) => seconds * second + by)),
      fc.bigInt({ min: -(10n ** 17n), max: 0n }),
    ),
    payload: jsonValue,
    depth: fc.oneof(
      { arbitrary: fc.constant(0), weight: 20 },
      fc.integer({ min: 90, max: 110 }),
      fc.constantFrom(1_000, 10_000),
    ),
  })
  .map(({ ids: [accountId, kind, id], action, ahead, payload, depth }) => (nowTicks: bigint) => {
    const facts = JSON.stringify({ accountId, type: `${kind}.${action}`, canary })
    const nested = `${'['.repeat(depth)}${payload}${']'.repeat(depth)}`
    return `${facts.slice(0, -1)},"timestamp":${nowTicks + ahead},"payload":{"id":${JSON.stringify(id)},"${canary}":${nested}}}`
  })

const body: fc.Arbitrary<Body> = fc.oneof(
  { arbitrary: notification.map((write): Body => ({ kind: 'notification', write })), weight: 10 },
  {
    arbitrary: fc
      .tuple(notification, edits)
      .map(
        ([write, changes]): Body => ({ kind: 'notification', write: (now) => edited(write(now), changes) }),
      ),
    weight: 3,
  },
  { arbitrary: documents.map((text): Body => ({ kind: 'text', text: text.toWellFormed() })), weight: 3 },
  { arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes): Body => ({ kind: 'bytes', bytes })), weight: 2 },
  {
    arbitrary: fc
      .constantFrom('', ' ', 'null', '[]', canary, `"${canary}"`, `\ufeff{"accountId":"${canary}"}`)
      .map((text): Body => ({ kind: 'text', text })),
    weight: 1,
  },
)

const oddValue = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(undefined, null, '', 0, true, 'true', [], {}, canary),
)
const odd = fc.oneof(
  { arbitrary: fc.constant({}), weight: 8 },
  fc.dictionary(
    fc.constantFrom(
      'headers',
      'body',
      'isBase64Encoded',
      'version',
      'requestContext',
      'cookies',
      'rawPath',
      '__proto__',
    ),
    oddValue,
    { minKeys: 1, maxKeys: 2, noNullPrototype: true },
  ),
)

const delivery: fc.Arbitrary<PlannedDelivery> = fc.record({
  key: fc.oneof(
    { arbitrary: fc.constant('current' as const), weight: 8 },
    fc.constantFrom('previous' as const, 'foreign' as const),
  ),
  client: fc.oneof(
    { arbitrary: fc.constant(clientId), weight: 12 },
    fc.constantFrom('', `${clientId} `, 'other'),
  ),
  sentTicks,
  writeTicks,
  requestId: fc.oneof(
    { arbitrary: fc.uuid(), weight: 4 },
    ids.map((text) => text.toWellFormed()),
    fc.constantFrom('', undefined, '|', 'r'.repeat(2_100), '😀'.repeat(300)),
  ),
  change,
  body,
  isBase64: fc.boolean(),
  odd,
})

const header = fc.oneof(
  fc.constantFrom('timestamp', 'Timestamp', 'requestid', 'RequestId', 'signature', 'SIGNATURE'),
  fc.string(),
)
const fromNothing = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.record(
    {
      headers: fc.oneof(fc.dictionary(header, fc.oneof(fc.string(), oddValue)), oddValue),
      body: oddValue,
      isBase64Encoded: oddValue,
    },
    { requiredKeys: [] },
  ),
)

const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: delivery.map((planned): Step => ({ kind: 'deliver', delivery: planned })), weight: 40 },
  { arbitrary: fromNothing.map((event): Step => ({ kind: 'event', event })), weight: 4 },
  {
    arbitrary: fc
      .constantFrom(1, 5_000, 9_999, 10_000, 60_000, 300_000)
      .map((ms): Step => ({ kind: 'pass', ms })),
    weight: 4,
  },
  {
    arbitrary: fc
      .constantFrom(...(Object.keys(secretTexts) as SecretState[]))
      .map((secret): Step => ({ kind: 'secret', secret })),
    weight: 2,
  },
  { arbitrary: fc.boolean().map((takes): Step => ({ kind: 'queue', takes })), weight: 1 },
)

/** What happens to one receiver, in its order. */
export const histories = fc.array(step, { minLength: 1, maxLength: 24, size: 'max' })
