import { readEnvelope } from '../../shared/event/envelope.ts'
import type { EventKey } from '../../shared/event/event-identity.ts'
import type { Ledger } from '../../shared/ledger/ledger.ts'
import type { OpenedMarks } from '../../shared/ledger/opened-marks.ts'
import { readEventKey, unpackMessage } from '../../shared/queue/message.ts'
import type { ReceivedMessage } from './sqs-batch.ts'

/** From this receive on, a message has a mark while it is worked on. */
export const markedFromReceive = 3

type Group = readonly ReceivedMessage[]

interface Groups {
  others: Group[]
  /** Groups whose last worker died. Those with the fewest deaths come first. */
  afterDeaths: Group[]
}

/**
 * Which groups hold an event that its last worker died of, or beside. Only what came back can be one: a batch of first
 * deliveries costs no call.
 */
export async function groupsByDeath(
  deps: { ledger: Pick<Ledger, 'deaths'>; openedMarks: Pick<OpenedMarks, 'count'> },
  groups: readonly Group[],
  signal: AbortSignal,
): Promise<Groups> {
  const counted = await Promise.all(
    groups.map(async (group) => ({ group, deaths: await deathsOf(deps, group, signal) })),
  )
  const died = counted.filter(({ deaths }) => deaths > 0).sort((one, other) => one.deaths - other.deaths)
  return {
    others: counted.filter(({ deaths }) => deaths === 0).map(({ group }) => group),
    afterDeaths: died.map(({ group }) => group),
  }
}

/** A store that fails here fails the claim, too, which tells of it. */
async function deathsOf(
  { ledger, openedMarks }: Parameters<typeof groupsByDeath>[0],
  group: Group,
  signal: AbortSignal,
): Promise<number> {
  if (!group.some(({ receiveCount, isDelayed }) => receiveCount > 1 && !isDelayed)) return 0
  const events = group.flatMap((message) => eventKeyOf(message) ?? [])
  const byResource = Map.groupBy(events, ({ resourceKey }) => resourceKey)
  try {
    const deaths = await Promise.all([
      ...[...byResource].map(([resourceKey, ofIt]) => ledger.deaths(resourceKey, ofIt, signal)),
      ...group
        .filter(({ receiveCount }) => receiveCount > markedFromReceive)
        .map(({ messageId }) => openedMarks.count(messageId, signal)),
    ])
    return Math.max(0, ...deaths)
  } catch {
    return 0
  }
}

/** By the attributes, which a message of an earlier release has not. */
function eventKeyOf(message: ReceivedMessage): EventKey | undefined {
  const key = readEventKey(message.attributes)
  if (key) return key
  try {
    return readEnvelope(unpackMessage(message).text)
  } catch {
    return undefined
  }
}
