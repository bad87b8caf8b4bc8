import { expect, it, type TestContext } from 'vitest'
import { dropDeadLetters } from '../../../infra/cli/dead-letters/drop-dead-letters.ts'
import { redriveDeadLetters } from '../../../infra/cli/dead-letters/redrive-dead-letters.ts'
import { readEnvelope } from '../../../shared/envelope.ts'
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
async function killEverywhere(when: Kill['when'], round: (kill: Kill) => Promise<'killed' | 'unharmed'>) {
  for (let afterCalls = 0; afterCalls < 50; afterCalls++)
    if ((await round({ afterCalls, when })) === 'unharmed') return afterCalls
  throw new Error('It never came to its end')
}

/** Leaves two dead letters, and nothing else. */
async function twoLetters(
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
  /** Of the handler, when letters are sent back for the first time. */
  mood: Mood
}

async function redriveKilledEverywhere(context: TestContext, { when, isLongAfter, mood }: Redrive) {
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

it.for([
  { when: 'before', isLongAfter: false, mood: 'works' },
  { when: 'after', isLongAfter: false, mood: 'works' },
  { when: 'after', isLongAfter: true, mood: 'works' },
  { when: 'after', isLongAfter: false, mood: 'fails' },
  { when: 'after', isLongAfter: true, mood: 'fails' },
] as const)(
  'a redrive that is killed and run again loses nothing, and handles each event once (%o)',
  { timeout: 60_000 },
  (redrive, context) => redriveKilledEverywhere(context, redrive),
)

it.for(['before', 'after'] as const)(
  'a drop that is killed %s a call and run again records its reason once, and deletes the letters',
  { timeout: 60_000 },
  async (when, context) => {
    const crm = moodyHandler()
    const world = await deadLettersWorld(context, { handlers: crm.handlers })
    await killEverywhere(when, async (kill) => {
      const texts = await twoLetters(world, crm)
      const killed = killedClients(world.deps, kill)
      const first = await dropDeadLetters(killed.deps, { which, reason: 'test data' }, signal).catch(
        () => undefined,
      )
      await killed.letTimePass()
      await dropDeadLetters(world.deps, { which, reason: 'test data' }, signal)
      expect(await world.deadLetters()).toEqual({ waiting: 0, inWork: 0 })
      for (const text of texts)
        expect(await storedEvent(world.deps, text)).toMatchObject({
          status: 'dropped',
          reason:
            'dropped: test data; before: attempts of crm spent (1 failed, 0 put off): Error: no CRM today',
          dropped: { reason: 'test data' },
        })
      return first ? 'unharmed' : 'killed'
    })
    expect(crm.done).toEqual([])
  },
)
