import { createHash, randomUUID } from 'node:crypto'
import { on } from '#webhooks'
import { processEvent } from '../../functions/consumer/process-event.ts'
import type { ReceivedMessage } from '../../functions/consumer/sqs-batch.ts'
import { type CatchUpDeps, catchUp } from '../../functions/keeper/catch-up.ts'
import { handOverTo } from '../../shared/catch-up/hand-over.ts'
import { walkStore } from '../../shared/catch-up/walk-store.ts'
import { readEnvelope } from '../../shared/event/envelope.ts'
import { dateToTicks, epochMsToTicks, type Ticks } from '../../shared/event/ticks.ts'
import type { SmokeballEvent } from '../../shared/handling/event.ts'
import { dynamodbLedger } from '../../shared/ledger/dynamodb-ledger.ts'
import { readLedger } from '../../shared/ledger/event-table.ts'
import { noLedger } from '../../shared/ledger/ledger-item.ts'
import { retentionOf } from '../../shared/ledger/retention.ts'
import { attributeNames, eventAttributes, packMessage } from '../../shared/queue/message.ts'
import { timeLimitOf } from '../../shared/runtime/time-limit.ts'
import { isTagged } from '../../shared/signing/request-id.ts'
import { SmokeballError } from '../../shared/smokeball-api/api-errors.ts'
import type { SmokeballApi } from '../../shared/smokeball-api/smokeball-api.ts'
import { credentialsFor } from '../shared/smokeball-api/credentials.ts'
import { simulatedDynamodb } from '../simulation/simulated-dynamodb.ts'
import { withoutLater } from '../without-later.ts'
import { withoutSmokeball } from '../without-smokeball.ts'

const never = new AbortController().signal
const minuteMs = 60_000
const callMs = 250
/** RequestIds that it tags are our own. */
export const requestIdKey = 'the-key-of-request-ids'

/** The lists of the world's Smokeball: how each is asked, and where its rows have their stamp. */
export const lists = {
  '/matters': { kind: 'matter', filter: 'LastUpdated', stamp: (ticks: Ticks) => `"versionId":"${ticks}"` },
  '/contacts': { kind: 'contact', filter: 'UpdatedSince', stamp: (ticks: Ticks) => `"lastUpdated":${ticks}` },
  '/tasks': { kind: 'task', filter: 'LastUpdated', stamp: (ticks: Ticks) => `"lastUpdated":${ticks}` },
  '/stages': {
    kind: 'matterstage',
    filter: 'UpdatedSince',
    stamp: (ticks: Ticks) => `"lastUpdated":${ticks}`,
  },
  '/activitycodes': {
    kind: 'activitycode',
    filter: 'UpdatedSince',
    stamp: versionOf,
  },
  '/events': {
    kind: 'event',
    filter: 'UpdatedSince',
    stamp: (ticks: Ticks) => `"lastUpdated":"${isoOf(ticks)}"`,
  },
} as const

/** The lists of one matter. Those without a filter show all of it. */
const listsOfMatter = {
  fees: { kind: 'fee', filter: 'UpdatedSince', stamp: versionOf },
  expenses: { kind: 'expense', filter: 'UpdatedSince', stamp: versionOf },
  invoices: { kind: 'invoice', filter: 'LastUpdated', stamp: versionOf },
  memos: {
    kind: 'memo',
    filter: undefined,
    stamp: (ticks: Ticks) => `"lastUpdated":"${isoOf(ticks)}.1234567Z"`,
  },
  'documents/files': {
    kind: 'files',
    filter: undefined,
    stamp: (ticks: Ticks) => `"dateModified":"${isoOf(ticks)}Z"`,
  },
} as const
export type Path = keyof typeof lists | `/matters/${string}/${keyof typeof listsOfMatter}`

export function listAt(path: Path): {
  kind: string
  filter: string | undefined
  stamp(ticks: Ticks): string
} {
  const [, child = ''] = /^\/matters\/[^/]+\/(.+)$/.exec(path) ?? []
  return child === '' ? lists[path as keyof typeof lists] : listsOfMatter[child as keyof typeof listsOfMatter]
}

function versionOf(ticks: Ticks): string {
  return `"versionId":"version-${ticks}"`
}

function isoOf(ticks: Ticks): string {
  return new Date(Number((ticks - 621_355_968_000_000_000n) / 10_000n)).toISOString().slice(0, 19)
}

/** A resource as Smokeball has it: what its list is sorted by, and when the list shows it. */
interface Held {
  ticks: Ticks
  text: string
  shownFromEpochMs: number
  isDeleted: boolean
}

export interface CatchUpWorldOptions {
  startEpochMs: number
  firms: number
  /** In [0, 1). */
  random(): number
  /** Whether the filters let the exact time given pass. @default true */
  isInclusive?: boolean
  /** Whether `Sort` is heeded. @default true */
  isSorted?: boolean
  /** Whether `Offset` is heeded. @default true */
  heedsOffset?: boolean
  /** How long a change takes to show in a list. @default 0 */
  indexLagMs?: number
  /** Between two walks. @default a day */
  everyMs?: number
}

/** Smokeball, the table, the consumer and catch-up, with time that passes by calls alone. Deliveries and lists are of one truth. */
export function catchUpWorld(options: CatchUpWorldOptions) {
  const { firms, random, isInclusive = true, isSorted = true, heedsOffset = true, indexLagMs = 0 } = options
  let nowEpochMs = options.startEpochMs
  const now = () => nowEpochMs
  const clock = { now, after: () => () => {} }
  const { client } = simulatedDynamodb({ itemOnFailure: true })
  const table = { client, tableName: 'events', now }
  const accountIds = Array.from({ length: firms }, (_, nth) => `firm-${nth}`)
  const held = new Map<string, Map<string, Held>>()
  const handled: SmokeballEvent[] = []
  const outcomes: string[] = []
  const lines: Record<string, unknown>[] = []
  const calls: string[] = []
  /** How many further calls of anything are made before the process dies. */
  let livesFor = Number.POSITIVE_INFINITY
  let beforeCall = async () => {}
  let refuses: (accountId: string, path: string) => number | undefined = () => undefined

  const tick = () => {
    if (livesFor-- <= 0) throw new Error('the process died')
  }
  const dying = {
    send: async (command: never, limits: never) => {
      tick()
      return (client.send as (...given: unknown[]) => Promise<never>)(command, limits)
    },
  } as unknown as typeof client

  const rowsOf = (accountId: string, path: Path) => {
    const key = `${accountId} ${path}`
    const rows = held.get(key) ?? new Map<string, Held>()
    held.set(key, rows)
    return rows
  }

  /** A change at Smokeball, and the notification that tells of it. */
  function change(
    accountId: string,
    path: Path,
    id: string,
    how: { isDeleted?: boolean; fields?: string } = {},
  ): string {
    const ticks = epochMsToTicks(nowEpochMs)
    const { kind, stamp } = listAt(path)
    const { isDeleted = false, fields = '' } = how
    const mark = !isDeleted ? '' : kind === 'matter' ? ',"status":"Deleted"' : ',"isDeleted":true'
    const text = `{"id":"${id}",${stamp(ticks)}${mark}${fields}}`
    const isNew = !rowsOf(accountId, path).has(id)
    rowsOf(accountId, path).set(id, { ticks, text, shownFromEpochMs: nowEpochMs + indexLagMs, isDeleted })
    const type = `${kind}.${isDeleted ? 'deleted' : isNew ? 'created' : 'updated'}`
    const timestamp = ticks + BigInt(Math.floor(random() * 20_000_000))
    return `{"accountId":"${accountId}","type":"${type}","source":"Smokeball","payload":${text},"timestamp":${timestamp}}`
  }

  /** A page, with the traps of Smokeball's documentation. */
  function answer(accountId: string, path: string): { status: number; body: string } {
    const { pathname, searchParams: query } = new URL(path, 'http://smokeball')
    const refused = refuses(accountId, pathname)
    if (refused !== undefined) return { status: refused, body: '{}' }
    const [, of = '', id, ...child] = pathname.split('/')
    const at = (child.length > 0 ? pathname : `/${of}`) as Path
    const list = listAt(at)
    if (!list) return { status: 200, body: '{"value":[]}' }
    if (id !== undefined && child.length === 0) {
      const one = rowsOf(accountId, at).get(decodeURIComponent(id))
      return one ? { status: 200, body: one.text } : { status: 404, body: '{}' }
    }
    const since = list.filter === undefined ? 0n : sinceOf(query.get(list.filter) ?? '0')
    const rows = [...rowsOf(accountId, at)]
      .filter(([, row]) => row.shownFromEpochMs <= nowEpochMs)
      .filter(([, row]) => (isInclusive ? row.ticks >= since : row.ticks > since))
    if (isSorted && query.has('Sort')) rows.sort(([, a], [, b]) => Number(a.ticks - b.ticks))
    else rows.sort(([a], [b]) => orderOf(a) - orderOf(b))
    const offset = heedsOffset ? Number(query.get('Offset')) : 0
    const page = rows.slice(offset, offset + Number(query.get('Limit')))
    return { status: 200, body: `{"size":7,"value":[${page.map(([, { text }]) => text).join(',')}]}` }
  }

  const api = {
    async fetch(accountId: string, path: string) {
      tick()
      calls.push(path)
      nowEpochMs += callMs
      await beforeCall()
      const { status, body } = answer(accountId, path)
      if (status !== 200)
        throw new SmokeballError(
          { method: 'GET', path, status, body, retryAfterMs: undefined },
          credentialsFor('https://smokeball.example'),
          new Map(),
        )
      return new Response(body)
    },
  } as unknown as SmokeballApi

  const queue: ReceivedMessage[] = []
  const sqs = {
    send: async ({ input }: { input: { MessageBody: string; MessageAttributes: object } }) => {
      tick()
      const attributes = Object.fromEntries(
        Object.entries(input.MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]),
      )
      queue.push(messageOf({ body: input.MessageBody, attributes }))
    },
  } as never

  const consumer = {
    ...withoutLater,
    ...withoutSmokeball,
    handlers: [on('*', { name: 'sync' }, (event) => void handled.push(event))],
    ledger: dynamodbLedger({
      ...table,
      client,
      retention: retentionOf({ events: 30, ledgers: 400 }),
      randomId: randomUUID,
    }),
    randomId: randomUUID,
    deadLetters: { send: async () => {} },
    clock,
    random,
    log: () => {},
    describe: String,
    maxAttempts: 3,
    readSecrets: async () => new Map(),
    whyTurnedAway: async () => undefined,
    isOwn: async (requestId: string) => isTagged(requestId, [requestIdKey]),
  }

  /** What the queue holds is handled. */
  async function consume(): Promise<void> {
    for (let message = queue.shift(); message; message = queue.shift()) {
      const { outcome } = await processEvent(consumer, message, timeLimitOf(nowEpochMs, 30_000, never))
      outcomes.push(outcome)
    }
  }

  async function deliver(text: string, requestId = 'r'): Promise<void> {
    const note = { requestId, sentTicks: undefined, receivedEpochMs: nowEpochMs, keyFingerprint: 'k' }
    const packed = packMessage(Buffer.from(text), note)
    if (!packed) throw new Error('too large')
    queue.push(
      messageOf({ ...packed, attributes: { ...packed.attributes, ...eventAttributes(readEnvelope(text)) } }),
    )
    await consume()
  }

  const depsOf = (over: Partial<CatchUpDeps> = {}): CatchUpDeps => ({
    accounts: {
      list: async () =>
        accountIds.map((accountId) => ({
          ...{ accountId, addedEpochMs: options.startEpochMs, hasRefreshToken: false },
          ...{ subscription: undefined, lastCheck: undefined },
        })),
    },
    api,
    clock,
    walks: walkStore({ ...table, client: dying }),
    aside: { survey: async () => ({ count: 0, hasMore: false, oldestEpochMs: undefined }) },
    waiting: async () => queue.length,
    seenOf: async (key, signal) =>
      (await readLedger({ ...table, client: dying }, key, signal))?.seen ?? noLedger.seen,
    handOver: handOverTo({
      client: sqs,
      queueUrl: 'events',
      aside: { store: async () => 'stored x 1' },
      now,
    }),
    patterns: ['*'],
    every: { everyMs: options.everyMs ?? 24 * 60 * minuteMs },
    log: (_, line) => void lines.push(line as Record<string, unknown>),
    describe: String,
    ...over,
  })

  return {
    ...{ accountIds, calls, lines, handled, outcomes, queue, api, table, change, deliver, consume, depsOf },
    now,
    walks: walkStore(table),
    pass(ms: number) {
      nowEpochMs += ms
    },
    set(epochMs: number) {
      nowEpochMs = Math.max(nowEpochMs, epochMs)
    },
    /** Called whenever Smokeball is, before it answers. */
    onCall(act: () => Promise<void>) {
      beforeCall = act
    },
    /** The status with which Smokeball refuses a call; undefined: it does not. */
    refuse(decide: typeof refuses) {
      refuses = decide
    },
    /** A run of the keeper, that dies after so many calls of anything. */
    async run({
      dyingAfter = Number.POSITIVE_INFINITY,
      over = {},
    }: {
      dyingAfter?: number
      over?: Partial<CatchUpDeps>
    } = {}) {
      livesFor = dyingAfter
      const limit = { signal: never, signalEpochMs: nowEpochMs + 14 * minuteMs }
      const result = await catchUp(depsOf(over), limit).catch((error: Error) => {
        if (error.message !== 'the process died') throw error
        return undefined
      })
      livesFor = Number.POSITIVE_INFINITY
      return result
    },
    held: (accountId: string, path: Path) => [...rowsOf(accountId, path)],
  }
}

export type CatchUpWorld = ReturnType<typeof catchUpWorld>
export const paths = Object.keys(lists) as (keyof typeof lists)[]

function messageOf({ body, attributes }: Pick<ReceivedMessage, 'body' | 'attributes'>): ReceivedMessage {
  const groupId = attributes[attributeNames.resource] ?? ''
  return {
    messageId: randomUUID(),
    receiptHandle: 'h',
    groupId,
    receiveCount: 1,
    isDelayed: false,
    body,
    attributes,
  }
}

/** An order that nobody knows. */
function orderOf(id: string): number {
  return createHash('sha256').update(id).digest().readUInt32BE(0)
}

function sinceOf(text: string): bigint {
  if (/^\d+$/.test(text)) return BigInt(text)
  return dateToTicks(new Date(text.endsWith('Z') ? text : `${text}Z`))
}
