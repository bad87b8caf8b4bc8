import { expect, type TestContext } from 'vitest'
import { redriveDeadLetters } from '../../../../infra/operate/dead-letters/take-dead-letters.ts'
import { readEnvelope } from '../../../../shared/event/envelope.ts'
import {
  type DeadLettersWorld,
  deadLettersWorld,
  type Mood,
  moodyHandler,
  notification,
  storedEvent,
} from './dead-letters-world.ts'
import { type Kill, killedClients, seeing } from './killed-client.ts'

const signal = new AbortController().signal
const which = () => true
const idOf = (text: string) => readEnvelope(text).eventId

/** Kills the work after each of its calls in turn, until it comes to its end unharmed. */
export async function killEverywhere(
  when: Kill['when'],
  round: (kill: Kill) => Promise<'killed' | 'unharmed'>,
) {
  for (let afterCalls = 0; afterCalls < 50; afterCalls++)
    if ((await round({ afterCalls, when })) === 'unharmed') return afterCalls
  throw new Error('It never came to its end')
}

/** Leaves two dead letters, and nothing else. */
export async function twoLetters(
  { deliver, deadLetters }: DeadLettersWorld,
  crm: ReturnType<typeof moodyHandler>,
): Promise<string[]> {
  crm.mood = 'fails'
  const texts = [notification(), notification()]
  await deliver(...texts)
  expect(await deadLetters()).toEqual({ waiting: 2, inWork: 0 })
  crm.mood = 'works'
  return texts
}

interface Redrive {
  when: Kill['when']
  /** After five minutes, the queue has forgotten the deduplication ids of the first run. */
  isLongAfter: boolean
  /** The handler's mood when letters are sent back for the first time. */
  mood: Mood
}

export async function redriveKilledEverywhere(
  context: Pick<TestContext, 'onTestFinished'>,
  { when, isLongAfter, mood }: Redrive,
) {
  const crm = moodyHandler()
  const world = await deadLettersWorld(context, { handlers: crm.handlers })
  const calls = await killEverywhere(when, async (kill) => {
    const texts = await twoLetters(world, crm)
    crm.mood = mood
    const killed = killedClients(world.deps, kill)
    const first = await redriveDeadLetters(killed.deps, { which }, signal).catch(() => undefined)
    await killed.letTimePass()
    await world.local.settled()
    crm.mood = 'works'
    const forget = (input: Record<string, unknown>) => {
      if (isLongAfter && input.MessageDeduplicationId)
        input.MessageDeduplicationId = `${input.MessageDeduplicationId}-later`
    }
    const second = await redriveDeadLetters(
      { ...world.deps, sqs: seeing(world.sqs, forget) },
      { which },
      signal,
    )
    await world.local.settled()
    expect(second.kept).toBe(0)
    expect(await world.deadLetters()).toEqual({ waiting: 0, inWork: 0 })
    expect(crm.done.splice(0).toSorted()).toEqual(texts.map(idOf).toSorted())
    for (const text of texts) expect((await storedEvent(world.deps, text))?.status).toBe('handled')
    return first ? 'unharmed' : 'killed'
  })
  // Receives, attributes and releases; and for each letter a send and a deletion.
  expect(calls).toBeGreaterThanOrEqual(9)
}
