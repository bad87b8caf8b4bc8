import { NotANotification, readEnvelope } from '../../../shared/event/envelope.ts'
import { parseRounding, withoutByteOrderMark } from '../../../shared/event/lossless-json.ts'
import type { Ticks } from '../../../shared/event/ticks.ts'

import { resourceIdPath, type Sample, withMember } from '../../smokeball/sample.ts'
import { NotUnderstood, UsageError } from '../../terminal/usage-error.ts'

/** One HTTP request to come. */
export interface PlannedDelivery {
  name: string
  body: string
  requestId: string
  /** Empty when the body is no notification. */
  resourceId: string
  /** First 8 digits of the event id: how its reference ends, as `npm start` shows it. */
  event: string
}

/** What of the options says which deliveries there are. */
export interface PlanOptions {
  /** How many of each sample. */
  count: number
  /** Undefined: as many as it takes. */
  resources?: number | undefined
  account?: string | undefined
  id?: string | undefined
  at?: Ticks | undefined
  verbatim?: boolean
  duplicate?: boolean
  shuffle?: boolean
  tamper?: boolean
}

interface PlanDeps {
  nextTicks(): Ticks
  nextRequestId(): string
  /** An id for another resource than that of the sample. */
  nextResourceId(): string
  /** In [0, 1). */
  random(): number
}

/** The deliveries that the options ask for, in the order in which they are sent. Throws `UsageError`. */
export function planDeliveries(
  deps: PlanDeps,
  samples: readonly Sample[],
  options: PlanOptions,
): PlannedDelivery[] {
  const planned: PlannedDelivery[] = []
  const idsOf = otherIds(deps, options)
  for (let round = 0; round < options.count; round++) {
    for (const sample of samples) {
      const delivery = planOne(deps, sample, options, idsOf(round))
      planned.push(delivery)
      if (options.duplicate) planned.push(delivery)
    }
  }
  return options.shuffle ? shuffled(planned, deps.random) : planned
}

/** Which id takes the place of a sample's own in a round; undefined: none does. Samples of one resource keep to one resource. */
type IdsOfRound = ((id: string) => string) | undefined

/** Real events are about many resources, and only those about the same one wait for each other. */
function otherIds(
  { nextResourceId }: PlanDeps,
  { count, resources, id, shuffle }: PlanOptions,
): (round: number) => IdsOfRound {
  const rounds = resources ?? (id !== undefined || shuffle ? 1 : count)
  const ids = Array.from({ length: Math.min(rounds, count) }, () => new Map<string, string>())
  return function idsOf(round) {
    const known = ids[round % ids.length]
    if (!known || round % ids.length === 0) return undefined
    return (given) => {
      const other = known.get(given) ?? nextResourceId()
      known.set(given, other)
      return other
    }
  }
}

function planOne(deps: PlanDeps, sample: Sample, options: PlanOptions, idOf: IdsOfRound): PlannedDelivery {
  const body = options.verbatim ? sample.text : edited(deps, sample, options, idOf)
  if (!options.verbatim) refuseUnread(sample, body)
  return { name: sample.name, body, requestId: deps.nextRequestId(), ...identity(body) }
}

/** Refuses what is no notification: whoever wants to see it refused sends it with `--verbatim`. Throws `UsageError`. */
function refuseUnread({ name }: Sample, body: string): void {
  try {
    readEnvelope(body)
  } catch (error) {
    if (!(error instanceof NotANotification)) throw error
    throw new UsageError(`${name} is not a notification: ${error.problem}. --verbatim sends it as it is.`)
  }
}

function edited(deps: PlanDeps, { name, text }: Sample, options: PlanOptions, idOf: IdsOfRound): string {
  const { account, id, at, tamper } = options
  let body = withMember(
    withoutByteOrderMark(objectOrRefuse(name, text)),
    ['timestamp'],
    (at ?? deps.nextTicks()).toString(),
  )
  if (account !== undefined) body = withMember(body, ['accountId'], JSON.stringify(account))
  if (id !== undefined) body = withMember(body, ['payload', ...idPath(name, body)], JSON.stringify(id))
  if (idOf) body = withOtherId(body, idOf)
  if (tamper) body = withMember(body, ['payload', 'tampered'], 'true')
  return body
}

/** A notification that is about no resource, or names it where nobody looks, stays as it is. */
function withOtherId(body: string, idOf: (id: string) => string): string {
  try {
    const { type, resource, eventId } = readEnvelope(body)
    const path = resourceIdPath(type)
    if (!path || resource.id === eventId) return body
    return withMember(body, ['payload', ...path], JSON.stringify(idOf(resource.id)))
  } catch {
    return body
  }
}

function objectOrRefuse(name: string, text: string): string {
  try {
    const parsed = parseRounding(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return text
  } catch {
    // The error below says it.
  }
  throw new UsageError(
    `${name} is not a notification: it holds no JSON object. --verbatim sends it as it is.`,
  )
}

function idPath(name: string, body: string): string[] {
  const { type } = parseRounding(body) as { type?: unknown }
  const path = resourceIdPath(String(type))
  if (path) return path
  throw new NotUnderstood(`${name} is about no resource: leave out --id.`)
}

function identity(body: string): Pick<PlannedDelivery, 'resourceId' | 'event'> {
  try {
    const { resource, eventId } = readEnvelope(body)
    return { resourceId: resource.id, event: eventId.slice(0, 8) }
  } catch {
    return { resourceId: '', event: '' }
  }
}

/** Fisher–Yates, again until something has moved. */
function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const result = [...list]
  do {
    for (let last = result.length - 1; last > 0; last--) {
      const other = Math.floor(random() * (last + 1))
      const moved = result[last] as T
      result[last] = result[other] as T
      result[other] = moved
    }
  } while (result.every((item, index) => item === list[index]) && new Set(list).size > 1)
  return result
}
