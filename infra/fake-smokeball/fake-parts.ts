import { systemClock } from '../../shared/runtime/clock.ts'
import { systemAccountId } from '../../shared/smokeball-api/system-account.ts'
import { freshTicks } from '../smokeball/fresh-ticks.ts'
import { background } from './background.ts'
import { type ClientsState, clients as clientRegistry } from './clients.ts'
import { deliveries } from './deliveries.ts'
import {
  type DeliveryRecord,
  type DeliveryRules,
  ordinaryDeliveries,
  type Rewrite,
} from './delivery-rules.ts'
import type { FakeSmokeballOptions } from './fake-smokeball.ts'
import { idMaker } from './id-maker.ts'
import { planned } from './planned.ts'
import { publisher as eventPublisher } from './publisher.ts'
import { rateLimit } from './rate-limit.ts'
import { type HeldResources, resources as resourceStore } from './resources.ts'
import { sendAttempt } from './send-attempt.ts'
import { type Subscription, subscriptions as subscriptionStore } from './subscriptions.ts'
import { type Token, tokens as tokenIssuer } from './tokens.ts'
import { unstatedDefaults } from './unstated.ts'
import { writes as acceptedWrites } from './writes.ts'

const dayS = 24 * 60 * 60

/** What a test turns while it runs. */
interface Controls {
  rules: DeliveryRules
  rewrite: Rewrite | undefined
}

/** What a fake Smokeball leaves for another one. */
export interface FakeState {
  port: number
  clients: ClientsState
  tokens: [string, Token][]
  subscriptions: Subscription[]
  resources: HeldResources
}

/**
 * All but the HTTP side, wired. `url`: asked once calls come in. `begin`: what was left by another one. `onChange`: told of what
 * takes effect after an answer.
 */
export function fakeParts(
  options: FakeSmokeballOptions,
  url: () => string,
  { begin, onChange }: { begin: FakeState | undefined; onChange(): void },
) {
  const { clock = systemClock, random = Math.random } = options
  const unstated = { ...unstatedDefaults, ...options.unstated }
  const controls: Controls = { rules: { ...ordinaryDeliveries, ...options.deliveries }, rewrite: undefined }
  const rules = () => controls.rules
  const now = () => clock.now()
  const nextId = idMaker(random)
  const nextTicks = freshTicks(now, random)

  const { refreshTokenSeconds = 30 * dayS, tokenSeconds = 3_600 } = options
  const clients = clientRegistry({ nextId, now, refreshTokenSeconds }, begin?.clients)
  const { rotatesRefreshTokens, absentRequestId, retry } = unstated
  const tokens = tokenIssuer({ clients, url, nextId, now, tokenSeconds, rotatesRefreshTokens }, begin?.tokens)
  const tooEarlyMs = rateLimit(options.rateLimit ?? { perSecond: 5, burst: 5 }, now)

  const tasks = background(clock)
  const { stopped } = tasks
  const isGranted = (clientId: string, accountId: string) =>
    accountId === systemAccountId || clients.mayActFor(clientId, accountId)
  const subscriptions = subscriptionStore({ isGranted }, begin?.subscriptions)
  const deliveryLog: DeliveryRecord[] = []
  const limitMs = options.deliveryLimitMs ?? 10_000
  const attempt = sendAttempt({
    ...{ subscriptions, clock, limitMs, nextTicks, unstated, stopped },
    ...{ log: deliveryLog, rewrite: () => controls.rewrite },
  })
  const carrier = deliveries({ background: tasks, rules, attempt, retry })
  const publisher = eventPublisher({ subscriptions, deliveries: carrier, nextTicks, nextId, absentRequestId })
  const resources = resourceStore(begin?.resources)
  const failures = planned<string>()
  const writes = acceptedWrites({
    ...{ resources, publisher, failures, nextTicks, nextId },
    ...{ background: tasks, rules, onChange },
  })
  return {
    ...{ clients, tokens, tooEarlyMs, subscriptions, publisher, resources, writes, failures },
    ...{ tasks, deliveryLog, controls, unstated, now, nextId },
    state: (): Omit<FakeState, 'port'> => ({
      ...{ clients: clients.state(), tokens: tokens.state() },
      ...{ subscriptions: subscriptions.all(), resources: resources.state() },
    }),
  }
}
