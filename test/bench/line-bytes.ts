import { consumeBatch } from '../../functions/consumer/consume-batch.ts'
import { deliveryLine } from '../../functions/receiver/create-receiver.ts'
import type { Received } from '../../functions/receiver/receive-delivery.ts'
import { readEnvelope } from '../../shared/event/envelope.ts'
import { on } from '../../shared/handling/handler-registry.ts'
import type { Claim } from '../../shared/ledger/ledger.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { PermanentFailure } from '../../shared/runtime/handler-errors.ts'
import { withoutLater } from '../without-later.ts'
import { withoutSmokeball } from '../without-smokeball.ts'
import { freshLimit, receivedMessage } from './consumer-input.ts'
import { type Figure, portable } from './figure.ts'
import { notification, typesAndIds } from './notifications.ts'

const limit = 200

/** Bytes that the canonical lines take inside `message`: written by the real code, measured as Lambda writes them. */
export async function lineFigures(): Promise<Figure[]> {
  const deliveries: number[] = []
  const events: number[] = []
  for (const facts of typesAndIds()) {
    deliveries.push(deliveryLineBytes(accepted(notification(facts))))
    events.push(await eventLineBytes(notification(facts)))
  }
  const known = typesAndIds().length - worstCases
  const others = [
    quarantined('its timestamp lies after its delivery'),
    quarantined('Not a Smokeball notification: `accountId` is missing or not a string.'),
    { outcome: 'refused', why: 'missing-header' } as const,
    { outcome: 'unavailable', why: 'secret', cause: undefined } as const,
  ].map(deliveryLineBytes)
  return [
    longest(`delivery, ${known} known types`, deliveries.slice(0, known)),
    longest('delivery, hostile types and ids', deliveries.slice(known)),
    longest('delivery, not accepted', others),
    longest(`event, ${known} known types, dead-lettered`, events.slice(0, known)),
    longest('event, hostile types and ids', events.slice(known)),
  ]
}

const worstCases = 6

function longest(what: string, bytes: readonly number[]): Figure {
  return portable(what, Math.max(...bytes), limit, ' B')
}

function accepted(text: string): Received {
  return { outcome: 'accepted', envelope: readEnvelope(text), keyFingerprint: '0123abcd' }
}

function quarantined(why: string): Received {
  return { outcome: 'quarantined', why, keyFingerprint: '0123abcd' }
}

/** The slowest delivery that is still answered. */
function deliveryLineBytes(received: Received): number {
  return messageBytes(deliveryLine(received, 0, 7_999))
}

/** The longest outcome: dead-lettered at its last attempt. */
async function eventLineBytes(text: string): Promise<number> {
  let bytes = 0
  const claim = {
    kind: 'retry',
    fence: 20,
    seen: new Map(),
    writes: new Map(),
    previous: { attempts: 19, handlers: {} },
  }
  const fails = on('*', { name: 'fails', order: 'every' }, () => {
    throw new PermanentFailure('always')
  })
  const deps = {
    handlers: [fails],
    ledger: {
      claim: async () => claim as unknown as Claim,
      finish: async () => 'recorded' as const,
      countWrite: async () => undefined,
      read: async () => undefined,
      deaths: async () => 0,
    },
    deadLetters: { send: async () => undefined },
    clock: slowClock(),
    random: Math.random,
    log: (level: string, line: Record<string, unknown>) => {
      if (level !== 'info' || !('event' in line)) return
      if (line.event !== 'dead-lettered')
        throw new Error(`The event is ${line.event}, and not dead-lettered.`)
      bytes = messageBytes(line)
    },
    describe: String,
    maxAttempts: 20,
    ...withoutSmokeball,
    ...withoutLater,
    openedMarks: { count: async () => 0, raise: async () => 1, remove: async () => undefined },
    readSecrets: async () => new Map(),
    whyTurnedAway: async () => undefined,
    isOwn: async () => false,
    changeVisibility: async () => undefined,
  }
  await consumeBatch(deps, { messages: [receivedMessage(text)], limit: freshLimit() })
  return bytes
}

/** Each look takes a second, so that the line's milliseconds have five digits. */
function slowClock() {
  let nowEpochMs = Date.now()
  return { ...systemClock, now: () => (nowEpochMs += 2_500) }
}

function messageBytes(line: unknown): number {
  return Buffer.byteLength(JSON.stringify(line))
}
