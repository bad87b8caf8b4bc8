import { createHash } from 'node:crypto'
import { systemClock } from '../../shared/runtime/clock.ts'
import { systemAccountId } from '../../shared/smokeball-api/account.ts'
import { freshTicks } from '../smokeball/sample.ts'
import { authorization, rateLimit, type Token, tokens as tokenIssuer } from './access.ts'
import { backgroundTasks } from './background-tasks.ts'
import {
  type DeliveryRecord,
  type DeliveryRules,
  ordinaryDeliveries,
  type Rewrite,
  undocumentedDefaults,
} from './behaviour.ts'
import { type ClientsState, clients as clientRegistry } from './clients.ts'
import type { FakeSmokeballOptions } from './fake-smokeball.ts'
import { type ListTraps, plainLists } from './list-traps.ts'
import { type LastChanges, pastStates } from './past-states.ts'
import { plannedFailures } from './planned-failures.ts'
import { deliveries, publisher as eventPublisher } from './publisher.ts'
import { type HeldResources, resources as resourceStore } from './resources.ts'
import { sendAttempt } from './send-attempt.ts'
import { type Subscription, subscriptions as subscriptionStore } from './subscriptions.ts'
import { writes as acceptedWrites } from './writes.ts'

const dayS = 24 * 60 * 60

/** A test changes these while the fake runs. */
interface Controls {
  rules: DeliveryRules
  rewrite: Rewrite | undefined
}

/** The state that a fake Smokeball leaves for another one. */
export interface FakeState {
  port: number
  clients: ClientsState
  tokens: [string, Token][]
  subscriptions: Subscription[]
  resources: HeldResources
  /** It is undefined where an earlier release left the state. */
  lastChanges?: LastChanges
}

/**
 * Wires all but the HTTP side. `url` is asked once calls come in. `begin` is what another one left. `onChange` is called when a
 * write takes effect, which is after its answer.
 */
export function fakeParts(
  options: FakeSmokeballOptions,
  url: () => string,
  { begin, onChange }: { begin: FakeState | undefined; onChange(): void },
) {
  const { clock = systemClock, random = Math.random } = options
  const undocumented = { ...undocumentedDefaults, ...options.undocumented }
  const controls: Controls = { rules: { ...ordinaryDeliveries, ...options.deliveries }, rewrite: undefined }
  const rules = () => controls.rules
  const now = () => clock.now()
  const nextId = idMaker(random)
  const nextTicks = freshTicks(now, random)

  const { refreshTokenSeconds = 30 * dayS, tokenSeconds = 3_600 } = options
  const clients = clientRegistry({ nextId, now, refreshTokenSeconds }, begin?.clients)
  const { rotatesRefreshTokens, absentRequestId, retry } = undocumented
  const tokens = tokenIssuer({ clients, url, nextId, now, tokenSeconds, rotatesRefreshTokens }, begin?.tokens)
  const tooEarlyMs = rateLimit(options.rateLimit ?? { perSecond: 5, burst: 5 }, now)

  const tasks = backgroundTasks(clock)
  const { stopped } = tasks
  const isGranted = (clientId: string, accountId: string) =>
    accountId === systemAccountId || clients.mayActFor(clientId, accountId)
  const subscriptions = subscriptionStore({ isGranted }, begin?.subscriptions)
  const deliveryLog: DeliveryRecord[] = []
  const limitMs = options.deliveryLimitMs ?? 10_000
  const attempt = sendAttempt({
    subscriptions,
    clock,
    limitMs,
    nextTicks,
    undocumented,
    stopped,
    log: deliveryLog,
    rewrite: () => controls.rewrite,
  })
  const carrier = deliveries({ background: tasks, rules, attempt, retry })
  const publisher = eventPublisher({ subscriptions, deliveries: carrier, nextTicks, nextId, absentRequestId })
  const resources = resourceStore(begin?.resources)
  const listTraps: ListTraps = { ...plainLists, ...options.lists }
  const keptMs = Math.max(listTraps.staleMs, listTraps.notYetMs)
  const past = pastStates({ now, keptMs }, begin?.lastChanges)
  const writes = acceptedWrites({
    resources,
    past,
    publisher,
    nextTicks,
    nextId,
    background: tasks,
    rules,
    onChange,
  })
  return {
    clients,
    tokens,
    authorized: authorization({ clients, tokens, tooEarlyMs, undocumented }),
    subscriptions,
    publisher,
    resources,
    writes,
    past,
    listTraps,
    failures: plannedFailures<string>(),
    tasks,
    deliveryLog,
    controls,
    undocumented,
    now,
    nextId,
    state: (): Omit<FakeState, 'port'> => ({
      clients: clients.state(),
      tokens: tokens.state(),
      subscriptions: subscriptions.all(),
      resources: resources.state(),
      lastChanges: past.state(),
    }),
  }
}

/** Makes ids that look like GUIDs: unique within one maker whatever `random` returns, and repeatable if it is. */
function idMaker(random: () => number): () => string {
  let count = 0
  return function nextId() {
    count += 1
    const hex = createHash('sha256').update(`${count}|${random()}`).digest('hex')
    return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5')
  }
}
