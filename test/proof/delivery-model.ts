import { createHmac } from 'node:crypto'
import { clientId, keyTexts, type SecretState } from './deliveries.ts'
import { depthOf, readJson } from './json-model.ts'
import { type ModelEnvelope, modelEnvelope } from './notification-model.ts'

/** A secret, from when on it is there. */
export interface SecretSince {
  state: SecretState
  sinceEpochMs: number
}

export interface Known {
  nowEpochMs: number
  /** Oldest first. */
  secrets: readonly SecretSince[]
  queueTakes: boolean
}

const toleranceMs = 300_000
const ticksOf = (epochMs: number) => BigInt(epochMs) * 10_000n + 621_355_968_000_000_000n

/** The answers that an event may have, by what is signed alone. */
export function allowedAnswers(event: unknown, known: Known): number[] {
  const triples = signedTriples(event).filter(({ timestamp }) => isInTime(timestamp, known.nowEpochMs))
  if (triples.length === 0) return [401]
  const inUse = secretsInUse(known)
  const fitting = inUse.filter((secret) => triples.some((triple) => fits(triple, secret, known.nowEpochMs)))
  if (fitting.length === 0) return inUse.every(({ state }) => isWhole(state)) ? [401] : [401, 503]
  const accepted = known.queueTakes ? 200 : 503
  const last = inUse.at(-1)
  // By then, a receiver that does not find a fitting key has read the secret again.
  const isTakenUp = last !== undefined && known.nowEpochMs - last.sinceEpochMs >= 10_000
  const mustFit = fitting.length === inUse.length || (isTakenUp && fitting.includes(last))
  return mustFit && isPlain(event) ? [accepted] : [accepted, 401, 503]
}

export interface Triple {
  timestamp: string
  requestId: string
  signature: string
}

/** Every reading of the headers: names in any case, and values that stand twice. A RequestId that is not there is empty. */
export function signedTriples(event: unknown): Triple[] {
  const requestIds = headersOf(event, 'requestid')
  return headersOf(event, 'timestamp').flatMap((timestamp) =>
    (requestIds.length > 0 ? requestIds : ['']).flatMap((requestId) =>
      headersOf(event, 'signature')
        .filter((signature) => signature !== '')
        .map((signature) => ({ timestamp, requestId, signature })),
    ),
  )
}

function headersOf(event: unknown, name: string): string[] {
  const { headers } = Object(event) as { headers?: unknown }
  return Object.entries(Object(headers))
    .filter(([key, value]) => key.toLowerCase() === name && value !== undefined && value !== null)
    .map(([, value]) => toText(value))
}

/** The text that a template would make of it; what has no text is none. */
function toText(value: unknown): string {
  try {
    return String(value)
  } catch {
    return ''
  }
}

/** Names that stand once, with texts as values: as API Gateway hands them on, so that there is but one reading. */
function isPlain(event: unknown): boolean {
  const { headers } = event as { headers: Record<string, unknown> }
  const names = Object.keys(headers).map((name) => name.toLowerCase())
  const areTexts = Object.values(headers).every((value) => typeof value === 'string' || value === undefined)
  return areTexts && new Set(names).size === names.length
}

function isWhole(state: SecretState): boolean {
  return ['current', 'both', 'ending', 'replaced'].includes(state)
}

/** A receiver may know a secret for five minutes after it was replaced; any earlier one while the new one cannot be read. */
function secretsInUse({ secrets, nowEpochMs }: Known): readonly SecretSince[] {
  const oldest = secrets.findLastIndex(({ sinceEpochMs }) => sinceEpochMs <= nowEpochMs - 300_000)
  const inTime = secrets.slice(Math.max(0, oldest))
  return inTime.some(({ state }) => state === 'unreadable') ? secrets : inTime
}

function fits(
  { timestamp, requestId, signature }: Triple,
  { state, sinceEpochMs }: SecretSince,
  nowEpochMs: number,
): boolean {
  if (!isWhole(state)) return false
  const keys = {
    current: state !== 'replaced',
    previous:
      state === 'both' || state === 'replaced' || (state === 'ending' && nowEpochMs < sinceEpochMs + 10_000),
  }
  return (['current', 'previous'] as const).some((name) => {
    const hmac = createHmac('sha256', keyTexts[name]).update([timestamp, requestId, clientId].join('|'))
    return keys[name] && hmac.digest('hex') === signature.toLowerCase()
  })
}

function isInTime(timestamp: string, nowEpochMs: number): boolean {
  if (!/^[0-9]{1,19}$/.test(timestamp)) return false
  const [sent, now, most] = [BigInt(timestamp), ticksOf(nowEpochMs), BigInt(toleranceMs) * 10_000n]
  return sent - now <= most && now - sent <= most
}

/** Where an accepted body goes: the event's queue, the dead letters, or (`either`) where the contract leaves it open. */
export function placeOf(
  bytes: Buffer,
  sentTicks: bigint,
): { place: 'queue' | 'dead letters' | 'either'; envelope?: ModelEnvelope } {
  const text = textOf(bytes)
  const depth = text === undefined ? 0 : depthOf(text)
  if (text === undefined || depth > 100) return { place: 'dead letters' }
  const envelope = readJson(text) && modelEnvelope(text)
  if (!envelope) return { place: 'dead letters' }
  const ahead = envelope.ticks - sentTicks
  const [tenSeconds, ms] = [100_000_000n, 10_000n]
  // Times may be cut to milliseconds on the way.
  if (ahead >= tenSeconds + ms) return { place: 'dead letters', envelope }
  return { place: ahead > tenSeconds - ms ? 'either' : 'queue', envelope }
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** The body's bytes, as the event says; what is no text is nothing. */
export function deliveredBytes(event: unknown): Buffer {
  const { body, isBase64Encoded } = Object(event) as { body?: unknown; isBase64Encoded?: unknown }
  return typeof body === 'string' ? Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8') : Buffer.alloc(0)
}
