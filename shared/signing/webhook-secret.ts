import { hash } from 'node:crypto'
import { parseRounding } from '../event/lossless-json.ts'
import { type Advice, AdvisedError } from '../runtime/advised-error.ts'
import { type CommandWords, commandLine } from '../runtime/command-line.ts'

/** What deliveries are checked with, and what subscriptions are given as their key. */
export interface WebhookSecret {
  clientId: string
  /** The current key first, then previous ones: a rotation has no gap. */
  signingKeys: readonly [SigningKey, ...SigningKey[]]
}

export interface SigningKey {
  text: string
  /** First 8 hex digits of its SHA-256: names it in logs and does not tell it. */
  fingerprint: string
  /** When it was put in; 0 if that is not known. Subscriptions are given it when each receiver knows it. */
  putInEpochMs: number
  /** Until when it verifies. */
  untilEpochMs: number
}

/** There is no secret, or an incomplete one: nothing can be checked, and so nothing is refused. The message says what to run. */
export class SecretUnavailable extends AdvisedError {
  readonly code = 'SECRET_UNAVAILABLE'

  constructor(problem: string, advice: Advice, options?: ErrorOptions) {
    super(problem, advice, options)
    this.name = 'SecretUnavailable'
  }
}

const connect: CommandWords = { command: 'connect' }

/** After so long, each running receiver takes a new key: it reads the secret again at most every 10 seconds, and the rest is for its call. */
export const takeUpMs = 15_000

/**
 * Reads `{ clientId, signingKey, signingKeySince?, previousSigningKeys? }`: a list of keys, or of `{ key, until? }`; times
 * in ISO 8601. Throws `SecretUnavailable`, which quotes nothing of it.
 */
export function parseWebhookSecret(text: string | undefined, secretId: string): WebhookSecret {
  const { clientId, signingKey, signingKeySince, previousSigningKeys = [] } = parseObject(text, secretId)
  if (!isText(clientId))
    throw new SecretUnavailable(`The secret ${secretId} is not complete: \`clientId\` is missing.`, {
      text: 'Run',
      next: connect,
    })
  if (!isText(signingKey)) throw incomplete('`signingKey` is missing or empty', secretId)
  const putInEpochMs = signingKeySince === undefined ? 0 : Date.parse(String(signingKeySince))
  if (Number.isNaN(putInEpochMs)) throw incomplete('`signingKeySince` is no time', secretId)
  const previous = Array.isArray(previousSigningKeys) ? previousSigningKeys.map(previousKey) : [undefined]
  if (!previous.every((key) => key !== undefined))
    throw incomplete('`previousSigningKeys` is not a list of keys, or of { key, until? }', secretId)
  const current = keyOf(signingKey, putInEpochMs, Number.POSITIVE_INFINITY)
  return { clientId, signingKeys: [current, ...previous] }
}

/**
 * The key to give to subscriptions: one that each receiver knows. One whose end is set has been replaced everywhere, however
 * far behind this clock is.
 */
export function keyForSubscriptions({ signingKeys }: WebhookSecret, nowEpochMs: number): SigningKey {
  const isKnown = ({ putInEpochMs, untilEpochMs }: SigningKey) =>
    putInEpochMs + takeUpMs <= nowEpochMs && untilEpochMs === Number.POSITIVE_INFINITY
  return signingKeys.find(isKnown) ?? signingKeys[0]
}

function previousKey(given: unknown): SigningKey | undefined {
  if (isText(given)) return keyOf(given, 0, Number.POSITIVE_INFINITY)
  const { key, until } = Object(given) as { key?: unknown; until?: unknown }
  const untilEpochMs = until === undefined ? Number.POSITIVE_INFINITY : Date.parse(String(until))
  return isText(key) && !Number.isNaN(untilEpochMs) ? keyOf(key, 0, untilEpochMs) : undefined
}

function keyOf(text: string, putInEpochMs: number, untilEpochMs: number): SigningKey {
  return { text, fingerprint: hash('sha256', text, 'hex').slice(0, 8), putInEpochMs, untilEpochMs }
}

function parseObject(text: string | undefined, secretId: string): Record<string, unknown> {
  try {
    const parsed = parseRounding(text ?? '')
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>
  } catch {
    // Its SyntaxError would quote the secret.
  }
  throw incomplete('it is not a JSON object', secretId)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** The command never takes the secret as an argument: those show in process lists and shell histories. */
function incomplete(what: string, secretId: string): SecretUnavailable {
  return new SecretUnavailable(`The secret ${secretId} is not complete: ${what}.`, {
    text:
      `Write { "clientId": "…", "signingKey": "…" } to a file and run: ` +
      commandLine('aws secretsmanager put-secret-value', {
        options: { 'secret-id': secretId, 'secret-string': 'file://webhook-secret.json' },
      }),
  })
}
