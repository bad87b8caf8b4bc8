import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { splitType } from '../../../shared/event/resource-of-event.ts'
import { is } from '../../../shared/handling/event.ts'
import type { HandlerInfo } from '../../bundle/read-handlers.ts'
import { deliver, type Target } from '../../operate/send/deliver.ts'
import { type PlannedDelivery, planDeliveries } from '../../operate/send/plan-deliveries.ts'
import eventTypes from '../../smokeball/event-types.json' with { type: 'json' }
import { freshTicks, resourceIdPath, sample } from '../../smokeball/sample.ts'
import type { ConsoleDeps } from './console-deps.ts'
import type { ConsoleEnv } from './console-env.ts'
import { checkedBody, oneOf, Refused, textOf } from './read-body.ts'

/** Delivers samples to the local run. A deployed stack's events are real ones. */
export function sendRoutes({ local, handlers }: ConsoleDeps) {
  return new Hono<ConsoleEnv>().post(
    '/send',
    checkedBody(['type', 'fault', 'resourceId'], sampleRequestOf),
    async (c) => {
      if (!local)
        throw new Refused(
          404,
          'Samples are sent to npm start alone: what is sent to a stack is handled there.',
        )
      const request = c.req.valid('json')
      const deliveries = await sendSample(local.target, request)
      const explains = faultWords(request.fault, { type: request.type, handlers: await handlers() })
      return c.json({ deliveries, explains })
    },
  )
}

const faults = ['none', 'duplicate', 'late', 'bad-signature'] as const
type Fault = (typeof faults)[number]

/** Event types that there are samples of. */
export const sampleTypes: readonly string[] = eventTypes.map(({ type }) => type)

interface SampleRequest {
  type: string
  fault: Fault
  /** @default a new one */
  resourceId?: string
}

/** Throws `Refused`. */
function sampleRequestOf({ type, fault, resourceId }: Record<string, unknown>): SampleRequest {
  return {
    type: oneOf('type', type, sampleTypes),
    fault: oneOf('fault', fault, faults),
    ...(resourceId !== undefined && { resourceId: textOf('resourceId', resourceId, 200) }),
  }
}

/** A delivery that was made, and what it was answered. */
interface SentSample {
  /** What it is, in words. */
  what: string
  status: number
  /** First 8 digits of the event id. */
  event: string
  resourceId: string
}

const nextTicks = freshTicks()

/** Delivers a sample as Smokeball would, with its fault, one delivery after the other. */
async function sendSample(target: Target, { type, fault, resourceId }: SampleRequest) {
  const isAboutNone = resourceIdPath(type) === undefined
  if (fault === 'late' && isAboutNone)
    throw new Refused(400, `${splitType(type).kind} is about no resource, so that no event of it is late.`)
  const id = isAboutNone ? undefined : (resourceId ?? randomUUID())
  const planned = () => plan(type, id)
  const sent: SentSample[] = []
  for (const { what, delivery } of deliveriesOf(fault, planned)) {
    const signer = fault === 'bad-signature' ? { ...target, signingKey: `not ${target.signingKey}` } : target
    const { status } = await deliver(signer, delivery.body, { requestId: delivery.requestId })
    sent.push({ what, status, event: delivery.event, resourceId: delivery.resourceId })
  }
  return sent
}

function deliveriesOf(
  fault: Fault,
  planned: () => PlannedDelivery,
): { what: string; delivery: PlannedDelivery }[] {
  const first = planned()
  switch (fault) {
    case 'none':
      return [{ what: 'an event', delivery: first }]
    case 'duplicate':
      return [
        { what: 'an event', delivery: first },
        { what: 'the same event again', delivery: first },
      ]
    case 'late':
      return [
        { what: 'the newer event', delivery: planned() },
        { what: 'the older event, late', delivery: first },
      ]
    case 'bad-signature':
      return [{ what: 'an event that another key signed', delivery: first }]
    default:
      return unreachable(fault)
  }
}

/** Plans a delivery whose event happened later than that of the plan before. */
function plan(type: string, id: string | undefined): PlannedDelivery {
  const nothing = { account: undefined, at: undefined, tamper: false, verbatim: false, shuffle: false }
  const deps = { nextTicks, random: Math.random, nextRequestId: randomUUID, nextResourceId: randomUUID }
  const [delivery] = planDeliveries(deps, [sample(type)], { ...nothing, id, count: 1, duplicate: false })
  if (!delivery) throw new Error(`No delivery was planned for ${type}.`)
  return delivery
}

/** What the product does with such deliveries, in a sentence or two. `handlers`: undefined when they are not known. */
function faultWords(
  fault: Fault,
  { type, handlers }: { type: string; handlers: readonly HandlerInfo[] | undefined },
): string {
  const subscribed = handlers?.filter(({ types }) => types.some((pattern) => is({ type }, pattern as '*')))
  const nobody =
    subscribed?.length === 0
      ? ` No handler subscribes to ${type}, so that what comes of it is recorded as unhandled.`
      : ''
  switch (fault) {
    case 'none':
      return `It is accepted as soon as the queue has it, and then each handler handles it once.${nobody}`
    case 'duplicate':
      return `Both are accepted, but the queue drops the second as a copy: the event is handled once.${nobody}`
    case 'late':
      return nobody
        ? `Both are accepted.${nobody}`
        : `Both are accepted, and since the newer event came first, the older one ${lateWords(subscribed)}.`
    case 'bad-signature':
      return 'It is signed with another key: it is refused with 401, only counted, and nothing of it is recorded.'
    default:
      return unreachable(fault)
  }
}

function lateWords(subscribed: readonly HandlerInfo[] | undefined): string {
  const keepToLatest = subscribed?.filter(({ order }) => order === 'latest')
  if (keepToLatest === undefined || keepToLatest.length === subscribed?.length)
    return 'is superseded: no handler sees an older state after a newer one'
  if (keepToLatest.length === 0)
    return 'is handled all the same, marked as late: that is what the order every asks for'
  const names = keepToLatest.map(({ name }) => name).join(', ')
  return `is superseded for ${names}, and handled, marked as late, by handlers of the order every`
}

function unreachable(fault: never): never {
  throw new Error(`Unknown: ${String(fault)}`)
}
