import { randomUUID } from 'node:crypto'
import { splitType } from '../../../shared/event/resource-of-event.ts'
import { deliver, type Target } from '../../operate/send/deliver.ts'
import { type PlannedDelivery, planDeliveries } from '../../operate/send/plan-deliveries.ts'
import eventTypes from '../../smokeball/event-types.json' with { type: 'json' }
import { freshTicks, resourceIdPath, sample } from '../../smokeball/sample.ts'
import { Refused } from './refused.ts'

export const faults = ['none', 'duplicate', 'late', 'bad-signature'] as const
export type Fault = (typeof faults)[number]

/** Event types that there are samples of. */
export const sampleTypes: readonly string[] = eventTypes.map(({ type }) => type)

export interface SampleRequest {
  type: string
  fault: Fault
  /** @default a new one */
  resourceId: string | undefined
}

/** A delivery that was made, and what it was answered. */
export interface SentSample {
  /** What it is, in words. */
  what: string
  status: number
  /** First 8 digits of the event id. */
  event: string
  resourceId: string
}

const nextTicks = freshTicks()

/** Delivers a sample as Smokeball would, with its fault, one delivery after the other. */
export async function sendSample(target: Target, { type, fault, resourceId }: SampleRequest) {
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

/** Each later than the one before. */
function plan(type: string, id: string | undefined): PlannedDelivery {
  const nothing = { account: undefined, at: undefined, tamper: false, verbatim: false, shuffle: false }
  const deps = { nextTicks, random: Math.random, nextRequestId: randomUUID, nextResourceId: randomUUID }
  const [delivery] = planDeliveries(deps, [sample(type)], { ...nothing, id, count: 1, duplicate: false })
  if (!delivery) throw new Error(`No delivery was planned for ${type}.`)
  return delivery
}

function unreachable(fault: never): never {
  throw new Error(`Unknown: ${String(fault)}`)
}
