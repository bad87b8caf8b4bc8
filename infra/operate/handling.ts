import {
  type EventSourceMappingConfiguration,
  GetEventSourceMappingCommand,
  type LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import { type Clock, wait } from '../../shared/runtime/clock.ts'
import { UsageError } from '../terminal/usage-error.ts'

interface HandlingDeps {
  lambda: Pick<LambdaClient, 'send'>
  consumerName: string
  clock: Clock
}

/** Between them, the state is `Disabling` or `Enabling`. */
type Settled = 'Enabled' | 'Disabled'

/** A local run takes up to a second. */
const firstAskMs = 100
const longestAskMs = 1_000
/** AWS takes up to a minute. */
const giveUpMs = 5 * 60_000

/** The event source mappings that feed the consumer: of the event queue, and of the delay queue. */
export async function mappingsOf(
  { lambda, consumerName }: Pick<HandlingDeps, 'lambda' | 'consumerName'>,
  signal: AbortSignal,
): Promise<EventSourceMappingConfiguration[]> {
  const list = new ListEventSourceMappingsCommand({ FunctionName: consumerName })
  return (await lambda.send(list, { abortSignal: signal })).EventSourceMappings ?? []
}

/** Whether one of the queues is paused, or soon will be: what is paused in part can be resumed, too. */
export function isPaused(mappings: readonly EventSourceMappingConfiguration[]): boolean {
  return mappings.some(({ State }) => State === 'Disabling' || State === 'Disabled')
}

/**
 * Has events taken from the queues, or not, and waits until it is so. `unchanged`: it was so before. Throws `UsageError` when
 * nothing feeds the consumer, or when it takes too long.
 */
export async function setHandling(
  deps: HandlingDeps,
  wanted: Settled,
  signal: AbortSignal,
): Promise<'changed' | 'unchanged'> {
  const found = await mappingsOf(deps, signal)
  if (found.length === 0) throw new UsageError('Nothing takes events from the queue. Deploy the stack again.')
  const changed = await Promise.all(found.map((mapping) => setMapping(deps, mapping, wanted, signal)))
  return changed.includes('changed') ? 'changed' : 'unchanged'
}

async function setMapping(
  deps: HandlingDeps,
  found: EventSourceMappingConfiguration,
  wanted: Settled,
  signal: AbortSignal,
): Promise<'changed' | 'unchanged'> {
  // Lambda refuses to change a mapping while it changes.
  const before = await waitUntil(deps, found, (state) => !/ing$/.test(state), signal)
  if (before === wanted) return 'unchanged'
  const update = new UpdateEventSourceMappingCommand({ UUID: found.UUID, Enabled: wanted === 'Enabled' })
  const updated = await deps.lambda.send(update, { abortSignal: signal })
  await waitUntil(deps, updated, (state) => state === wanted, signal)
  return 'changed'
}

async function waitUntil(
  { lambda, clock }: HandlingDeps,
  mapping: EventSourceMappingConfiguration,
  isThere: (state: string) => boolean,
  signal: AbortSignal,
): Promise<string> {
  const endEpochMs = clock.now() + giveUpMs
  let state = mapping.State ?? ''
  for (let askMs = firstAskMs; !isThere(state); askMs = Math.min(askMs * 2, longestAskMs)) {
    if (clock.now() >= endEpochMs)
      throw new UsageError(
        `Lambda still says ${state} after ${giveUpMs / 60_000} minutes. Run it again to go on waiting.`,
      )
    await wait(clock, askMs, signal)
    const get = new GetEventSourceMappingCommand({ UUID: mapping.UUID })
    state = (await lambda.send(get, { abortSignal: signal })).State ?? ''
  }
  return state
}
