import { randomBytes } from 'node:crypto'
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { KeptAccounts } from '../../functions/keeper/keep-accounts.ts'
import { keepAccounts } from '../../functions/keeper/keep-accounts.ts'
import { keeper } from '../../infra/settings/topology.ts'
import { wait } from '../../shared/runtime/clock.ts'
import { timeLimitOf } from '../../shared/runtime/time-limit.ts'
import { parseWebhookSecret } from '../../shared/signing/webhook-secret.ts'
import { accountKey, writeCheck, writeSubscription } from '../../shared/smokeball-api/account.ts'
import { accountAccess } from '../../shared/smokeball-api/smokeball-access.ts'
import { secret } from '../shared/smokeball-api/credentials.ts'
import { idleClock } from '../shared/smokeball-api/idle-clock.ts'
import { simulatedDynamodb } from '../simulation/simulated-dynamodb.ts'

const minuteMs = 60_000
const startEpochMs = Date.UTC(2026, 10, 23)
const dynamodbMs = 6
const url = 'https://hooks.test/smokeball'
const types = ['matter.updated']
const webhookSecret = JSON.stringify({ clientId: secret.clientId, signingKey: 'k' })
const [key] = parseWebhookSecret(webhookSecret, 'webhook').signingKeys
const apiSecret = JSON.stringify({
  ...secret,
  tokenKey: randomBytes(32).toString('base64'),
  actsFor: 'many',
})

/** How a firm's Smokeball answers. */
export type Answers = 'well' | 'never' | 'credentials refused' | 'bad request'

export interface Call {
  firm: string
  path: string
  atEpochMs: number
}

export type KeeperWorld = ReturnType<typeof keeperWorld>

/** The keeper's run with its real parts over `firms` connected firms, and time that passes only by waiting. */
export function keeperWorld({ firms, callMs = 250 }: { firms: number; callMs?: number }) {
  const clock = idleClock(startEpochMs)
  const { apply } = simulatedDynamodb({ itemOnFailure: true })
  const ids = Array.from({ length: firms }, (_, nth) => `firm-${nth}`)
  for (const [nth, id] of ids.entries()) apply(connect(id, startEpochMs - 60 * minuteMs + nth))
  const never = new AbortController().signal
  const answers = new Map<string, Answers>()
  const calls: Call[] = []
  const lines: Record<string, unknown>[] = []

  const answerOf = (firm: string, path: string): Response => {
    const how = answers.get(firm) ?? 'well'
    if (how === 'credentials refused') return Response.json({ title: 'No' }, { status: 403 })
    if (how === 'bad request') return Response.json({ title: 'No' }, { status: 400 })
    if (path.startsWith('/webhooks/types')) return Response.json({ value: types })
    return Response.json({ value: [subscriptionAt(firm)], size: 1 })
  }

  /** One process, which `end` kills: what it has under way never comes back. */
  function start() {
    let isDead = false
    const alive = async <T>(ms: number, signal: AbortSignal, act: () => T): Promise<T> => {
      if (!isDead) await wait(clock, ms, signal)
      return isDead ? new Promise<never>(() => {}) : act()
    }
    const fetchInTime = (async (to: string, init: RequestInit) => {
      const { pathname } = new URL(to)
      const signal = init.signal ?? never
      if (pathname === '/oauth2/token')
        return alive(callMs, signal, () => Response.json({ access_token: 't', expires_in: 3600 }))
      const [, firm = '', ...rest] = pathname.split('/')
      const path = `/${rest.join('/')}`
      calls.push({ firm, path, atEpochMs: clock.now() })
      const ms = answers.get(firm) === 'never' ? Number.MAX_SAFE_INTEGER : callMs
      return alive(ms, signal, () => answerOf(firm, path))
    }) as typeof fetch
    const access = accountAccess({
      fetch: fetchInTime,
      clock,
      random: () => 0,
      secureBytes: randomBytes,
      dynamodb: { send: (command: unknown) => alive(dynamodbMs, never, () => apply(command)) } as never,
      tableName: 'events',
      secret: { read: async () => apiSecret },
    })
    const run = (
      schedule?: { atEpochMs: number; everyMs: number },
      timeoutMs = keeper.timeoutMs,
    ): Promise<KeptAccounts> =>
      keepAccounts(
        {
          access: { ...access, api: access.background },
          clock,
          webhookSecret: { kept: { read: async () => webhookSecret }, id: 'webhook' },
          callbackUrl: url,
          subscriptionName: 'the stack',
          patterns: types,
          log: (_, line) => void lines.push(line as Record<string, unknown>),
          describe: String,
        },
        timeLimitOf(clock.now(), timeoutMs, never),
        schedule,
      )
    const end = () => {
      isDead = true
    }
    return { run, access, end }
  }

  return { clock, ids, answers, calls, lines, start, ages: () => agesAt(clock.now()), pass }

  /** How long ago each firm's last look was. */
  async function agesAt(nowEpochMs: number): Promise<number[]> {
    const { access } = start()
    const listed = await access.accounts.list(never)
    return listed.map(({ lastCheck }) => nowEpochMs - (lastCheck?.atEpochMs ?? 0))
  }

  function pass(ms: number): Promise<void> {
    return wait(clock, ms, never)
  }
}

/** A run of the schedule and its tries, as Lambda makes them. Returns the errors, and how old looks had become by its end. */
export async function scheduledRun(world: KeeperWorld, everyMs: number, timeoutMs?: number) {
  const { clock } = world
  const schedule = { atEpochMs: clock.now(), everyMs }
  const errors: Error[] = []
  let oldestMs = 0
  for (const waitMs of [minuteMs, 2 * minuteMs, 0]) {
    try {
      await world.start().run(schedule, timeoutMs)
      break
    } catch (error) {
      errors.push(error as Error)
      await world.pass(waitMs)
    }
  }
  oldestMs = Math.max(...(await world.ages()))
  await world.pass(Math.max(schedule.atEpochMs + everyMs - clock.now(), 0))
  return { errors, oldestMs: Math.max(oldestMs, ...(await world.ages())) }
}

/** The most calls that fell within any ten seconds: at two a second, and one at either end. */
export function mostInTenSeconds(calls: readonly Call[]): number {
  let first = 0
  return Math.max(
    ...calls.map(({ atEpochMs }, nth) => {
      while (calls[first] && (calls[first]?.atEpochMs ?? 0) <= atEpochMs - 10_000) first++
      return nth - first + 1
    }),
  )
}

function connect(id: string, lookEpochMs: number): PutItemCommand {
  const { id: subscriptionId } = subscriptionAt(id)
  const keyFingerprint = key?.fingerprint ?? ''
  return new PutItemCommand({
    TableName: 'events',
    Item: {
      ...accountKey(id),
      added: { N: '1' },
      subscription: writeSubscription({ id: subscriptionId, url, eventTypes: types, keyFingerprint }),
      check: writeCheck({ outcome: 'unchanged', atEpochMs: lookEpochMs }),
    },
  })
}

function subscriptionAt(accountId: string) {
  const id = `of-${accountId}`
  return { id, accountId, name: 'the stack', eventTypes: types, eventNotificationUrl: url }
}
