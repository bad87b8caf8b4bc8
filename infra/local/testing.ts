import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type Envelope, payloadOf, readEnvelope } from '../../shared/event/envelope.ts'
import { eventId, resourceKey } from '../../shared/event/event-identity.ts'
import {
  type JsonValue,
  letJsonStringifyTakeBigInt,
  parseLossless,
  stringifyLossless,
} from '../../shared/event/lossless-json.ts'
import type { HandlerOutcome } from '../../shared/event/outcomes.ts'
import { resourceOf } from '../../shared/event/resource-of-event.ts'
import { parseTicks, type Ticks, ticksToDate } from '../../shared/event/ticks.ts'
import type { ClaimedEvent } from '../../shared/handling/call-handler.ts'
import type { EventFor, EventOf, SmokeballEvent, TypePattern } from '../../shared/handling/event.ts'
import { checkHandlers, type Handler } from '../../shared/handling/handler-registry.ts'
import { hangingHandlers } from '../../shared/handling/hanging-handlers.ts'
import { runHandlers as run } from '../../shared/handling/run-handlers.ts'
import { planRun } from '../../shared/handling/run-plan.ts'
import { runningHandlers } from '../../shared/handling/running-handlers.ts'
import { slotOf } from '../../shared/ledger/ledger-slots.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { describeFailure } from '../../shared/runtime/failures.ts'
import type { LogLevel } from '../../shared/runtime/json-log.ts'
import { redactSecrets } from '../../shared/runtime/redact-secrets.ts'
import { secretLookup } from '../../shared/runtime/secret-lookup.ts'
import { timeLimitOf } from '../../shared/runtime/time-limit.ts'
import { path } from '../../shared/smokeball-api/api-url.ts'
import type { Smokeball } from '../../shared/smokeball-api/smokeball.ts'
import { typedCalls } from '../../shared/smokeball-api/typed-calls.ts'
import { projectRoot } from '../settings/project-files.ts'

export type { Local, StartLocalOptions } from './local.ts'
export { startLocal } from './start-local.ts'

const sender = {
  accountId: '1e53979d-9269-4159-b104-2e603670f59d',
  userId: '526670af-acd8-401e-bc64-6d4cafb4a12a',
  subscriptionId: '6543c46b-d1d5-4a00-8732-36a63a20c3b4',
  source: 'Smokeball',
}
const noSample = { payload: { id: '68df1d38-b9a3-4855-b32f-6af1aae2f258' }, timestamp: '639170696424691361' }
const samples = new URL('../smokeball/samples/', import.meta.url)

/**
 * A notification, as `events pull --save` or `--redact` keeps it: the path of its file, from the project's root, or what it
 * holds.
 */
export type Fixture = `${string}.json` | URL | { type: string; [member: string]: unknown }

/**
 * Makes an event as a handler gets it. For a type, its payload is Smokeball's sample, or `{ id }` where there is none; for a
 * fixture, it is that event. `overrides` replaces any part. What follows from other parts (`id`, `resource`, `payloadText`,
 * `occurredAt`) does. A fixture keeps all digits as a file: `JSON.parse` rounds what an object holds. Throws
 * `NotANotification`.
 */
export function testEvent(fixture: Fixture, overrides?: Partial<SmokeballEvent>): SmokeballEvent
export function testEvent<const T extends TypePattern>(type: T, overrides?: Partial<EventFor<T>>): EventFor<T>
export function testEvent(of: string | URL | object, overrides: object = {}): unknown {
  letJsonStringifyTakeBigInt()
  const given = overrides as Partial<SmokeballEvent>
  const from = isFixture(of) ? readFixture(of) : readSample(of)
  const { type } = from
  const payload = 'payload' in given ? (given.payload as JsonValue) : from.payload
  const exactText = 'payload' in given ? undefined : from.payloadText
  const payloadText = given.payloadText ?? exactText ?? stringifyLossless(payload)
  const ticks = given.ticks ?? from.ticks
  const accountId = given.accountId ?? from.accountId
  const id = eventId({ accountId, type, ticks, payloadText })
  return {
    type,
    accountId,
    userId: from.userId,
    subscriptionId: from.subscriptionId,
    source: from.source,
    requestId: '4223ad7f-9ea2-4f11-ab7d-2f34dab0e7fc',
    resource: resourceOf(type, payload, id),
    payload,
    payloadText,
    ticks,
    occurredAt: ticksToDate(ticks),
    id,
    late: false,
    own: false,
    recovered: false,
    cause: undefined,
    attempt: 1,
    fence: 1,
    receivedAt: ticksToDate(ticks),
    ...overrides,
  }
}

/** The outcome of a handler's run. */
export interface TestOutcome {
  outcome: HandlerOutcome
  /** The text of what it threw: name, message, stack, causes. */
  error?: string
  /** Milliseconds until it would be run again. */
  retryInMs?: number
  /** The lines that it logged, in order. */
  logs: { level: LogLevel; message: string; fields: Record<string, unknown> }[]
}

/**
 * Runs the handlers that are subscribed to the event, by the rules of the consumer: a `late` event is superseded for
 * `latest` handlers, an `own` one is skipped, and `timeLimitMs` (default 30,000) signals and times out. `secrets` is what
 * `secret(name)` returns, and `smokeball` answers in place of Smokeball's API. Nothing is stored.
 * Returns the outcomes by the handlers' names. Throws `InvalidHandlers`.
 */
export async function runHandlers(
  handlers: readonly Handler[],
  event: SmokeballEvent | EventOf<string, JsonValue>,
  {
    timeLimitMs = 30_000,
    secrets = {},
    smokeball = {},
  }: { timeLimitMs?: number; secrets?: Record<string, string>; smokeball?: Partial<Smokeball> } = {},
): Promise<Record<string, TestOutcome>> {
  const startedEpochMs = systemClock.now()
  const logs: Record<string, TestOutcome['logs']> = {}
  const secretValues = new Map(Object.entries(secrets))
  const deps = {
    clock: systemClock,
    random: () => 0,
    maxAttempts: 20,
    describe: (thrown: unknown) =>
      describeFailure(thrown, undefined, (text, maxChars) => redactSecrets(text, secretValues, maxChars)),
    secret: secretLookup(secretValues),
    smokeball: () => smokeballOf(smokeball),
    hanging: hangingHandlers(systemClock.now),
    running: runningHandlers(),
    log(level: LogLevel, { handler, message, fields = {} }: Record<string, unknown>) {
      if (typeof handler !== 'string') return
      logs[handler] ??= []
      logs[handler].push({ level, message: String(message), fields: fields as Record<string, unknown> })
    },
  }
  const limit = timeLimitOf(startedEpochMs, timeLimitMs, new AbortController().signal)
  const plan = planOf(event, checkHandlers(handlers))
  const records = await run(deps, plan, claimedEvent(event), limit)
  return Object.fromEntries(
    Object.entries(records).map(([name, { outcome, error, notBeforeEpochMs }]) => [
      name,
      {
        outcome,
        ...(error !== undefined && { error }),
        ...(notBeforeEpochMs !== undefined && { retryInMs: notBeforeEpochMs - startedEpochMs }),
        logs: logs[name] ?? [],
      },
    ]),
  )
}

/** `get` and `list` go by the `fetch` that is given, unless they are given themselves. */
function smokeballOf(given: Partial<Smokeball>): Smokeball {
  const { fetch = noSmokeball.fetch } = given
  return { ...noSmokeball, ...typedCalls((path) => fetch(path)), ...given }
}

/** It stands in for Smokeball's API in a test that gives none. */
const noSmokeball: Omit<Smokeball, 'get' | 'list'> = {
  path,
  async fetch(path) {
    throw new Error(`The handler called ${path}: ${whatToGive}`)
  },
  async recordWrite({ path }) {
    throw new Error(`The handler recorded a write to ${path}: ${whatToGive}`)
  },
}
const whatToGive =
  "give `runHandlers` a `smokeball` that answers, such as { fetch: async () => new Response('{}') }."

/** Makes the claim after which a handler would see this event. */
function claimedEvent(event: EventOf<string, unknown>): ClaimedEvent {
  const { accountId, userId, subscriptionId, type, source, ticks, payload, payloadText, resource, id } = event
  const envelope: Envelope = {
    accountId,
    userId,
    subscriptionId,
    type,
    source,
    recovered: event.recovered,
    ticks,
    // Handlers get what the text says, and a payload that was changed after `testEvent` needs another text.
    payloadText: isDeepStrictEqual(payloadOf(event), payload) ? payloadText : stringifyLossless(payload),
    eventId: id,
    resource,
    resourceKey: resourceKey(accountId, resource.kind, resource.id),
  }
  const newer = { ticks: (ticks + 1n) as Ticks, eventId: 'newer', claimedEpochMs: 0 }
  return {
    envelope,
    note: {
      requestId: event.requestId,
      sentTicks: ticks,
      receivedEpochMs: event.receivedAt.getTime(),
      keyFingerprint: '',
    },
    own: event.own,
    fence: event.fence,
    seen: new Map(event.late ? [[slotOf(type, 'foreign'), newer]] : []),
    writes: new Map(),
    cause: 'cause' in event ? (event.cause as ClaimedEvent['cause']) : undefined,
  }
}

/** Plans the run in which a handler would see this event: it belongs to the event's replay, and follows earlier attempts. */
function planOf({ id, type, attempt, replay }: EventOf<string, unknown>, handlers: readonly Handler[]) {
  const isFirst = attempt <= 1
  const ofReplay = replay === undefined ? {} : { replay }
  const earlier = { outcome: 'failed', failures: attempt - 1, waits: 0, ...ofReplay } as const
  return planRun(handlers, {
    eventId: id,
    type,
    retryDueEpochMs: undefined,
    replay: replay === undefined ? undefined : { id: replay, handlers: 'all', force: false },
    previous: isFirst
      ? undefined
      : {
          status: 'failed',
          handlers: Object.fromEntries(handlers.map(({ name }) => [name, earlier])),
          attempts: attempt - 1,
          replays: replay === undefined ? [] : [{ id: replay, atEpochMs: 0, outcome: 'failed' }],
        },
  })
}

/** An event is made from these facts. */
interface Origin
  extends Pick<Envelope, 'type' | 'accountId' | 'userId' | 'subscriptionId' | 'source' | 'ticks'> {
  payload: JsonValue
  payloadText?: string
}

function isFixture(of: string | URL | object): of is string | URL | object {
  return typeof of !== 'string' || of.endsWith('.json')
}

function readFixture(fixture: string | URL | object): Origin {
  const text =
    fixture instanceof URL
      ? readFileSync(fixture, 'utf8')
      : typeof fixture === 'string'
        ? readFileSync(resolve(projectRoot, fixture), 'utf8')
        : stringifyLossless(fixture)
  const envelope = readEnvelope(text)
  return { ...envelope, payload: payloadOf(envelope) }
}

function readSample(type: string): Origin {
  if (type.includes('*'))
    throw new RangeError(`An event has one type, such as 'contact.updated', not '${type}'.`)
  const file = new URL(`${encodeURIComponent(type)}.json`, samples)
  const sample = existsSync(file) ? parseLossless(readFileSync(file, 'utf8')) : noSample
  const { payload = null, timestamp } = sample as Record<string, JsonValue>
  return { ...sender, type, payload, ticks: parseTicks(String(timestamp)) }
}
