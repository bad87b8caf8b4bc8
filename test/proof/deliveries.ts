import { createHmac } from 'node:crypto'

/** In each body, but never in what identifies an event: no line and no answer may hold it. */
export const canary = 'c4n4ry5ings'

export const clientId = 'lou1qnn0llav95f'
export const keyTexts = {
  current: 'ei7641529ue420n8b9aa',
  previous: 'pr3v10us-schlüßel-鍵',
  foreign: 'f0re1gn0000000000000',
} as const

/** A delivery as somebody sends it; its time counts from when it is sent. */
export interface PlannedDelivery {
  key: keyof typeof keyTexts
  client: string
  /** From now, in ticks. */
  sentTicks: bigint
  writeTicks: (digits: string) => unknown
  requestId: string | undefined
  /** What was signed is sent as it is, or changed on the way. */
  change: (headers: Headers) => Record<string, unknown>
  body: Body
  isBase64: boolean
  /** Fields of the event that are not as API Gateway makes them. */
  odd: Record<string, unknown>
}

export interface Headers {
  timestamp: unknown
  requestid: string | undefined
  signature: string
}

export type Body =
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'text'; text: string }
  | { kind: 'notification'; write: (nowTicks: bigint) => string }

export type Step =
  | { kind: 'deliver'; delivery: PlannedDelivery }
  | { kind: 'event'; event: unknown }
  | { kind: 'pass'; ms: number }
  | { kind: 'secret'; secret: SecretState }
  | { kind: 'queue'; takes: boolean }

/** What Secrets Manager holds: a text, made when it is put in, or nothing that it gives out. */
export type SecretState = keyof typeof secretTexts

export const secretTexts = {
  current: () => JSON.stringify({ clientId, signingKey: keyTexts.current }),
  both: () =>
    JSON.stringify({ clientId, signingKey: keyTexts.current, previousSigningKeys: [keyTexts.previous] }),
  ending: (nowEpochMs: number) =>
    JSON.stringify({
      clientId,
      signingKey: keyTexts.current,
      previousSigningKeys: [{ key: keyTexts.previous, until: new Date(nowEpochMs + 10_000).toISOString() }],
    }),
  replaced: () => JSON.stringify({ clientId, signingKey: keyTexts.previous }),
  'without client': () => JSON.stringify({ clientId: '', signingKey: keyTexts.current }),
  'without key': () => JSON.stringify({ clientId, signingKey: '', previousSigningKeys: [keyTexts.current] }),
  'empty previous key': () =>
    JSON.stringify({ clientId, signingKey: keyTexts.current, previousSigningKeys: [''] }),
  'no JSON': () => keyTexts.current,
  'no object': () => 'null',
  unreadable: () => undefined,
} satisfies Record<string, (nowEpochMs: number) => string | undefined>

/** The HTTP API event (payload format 2.0) of a planned delivery that is sent now. */
export function eventOf(planned: PlannedDelivery, nowTicks: bigint): unknown {
  const { key, client, sentTicks, writeTicks, requestId, change, body, isBase64, odd } = planned
  const timestamp = writeTicks(String(nowTicks + sentTicks))
  const signature = createHmac('sha256', keyTexts[key])
    .update(`${timestamp}|${requestId ?? ''}|${client}`)
    .digest('hex')
  const bytes = bytesOf(body, nowTicks)
  return {
    version: '2.0',
    routeKey: 'POST /smokeball',
    rawPath: '/smokeball',
    headers: change({ timestamp, requestid: requestId, signature }),
    requestContext: { http: { method: 'POST', path: '/smokeball', sourceIp: '192.0.2.1' } },
    body: isBase64 ? bytes.toString('base64') : bytes.toString('utf8'),
    isBase64Encoded: isBase64,
    ...odd,
  }
}

function bytesOf(body: Body, nowTicks: bigint): Buffer {
  if (body.kind === 'bytes') return Buffer.from(body.bytes)
  return Buffer.from(body.kind === 'text' ? body.text : body.write(nowTicks))
}
