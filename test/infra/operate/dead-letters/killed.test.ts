import { expect, it } from 'vitest'
import { dropDeadLetters } from '../../../../infra/operate/dead-letters/take-dead-letters.ts'
import { deadLettersWorld, moodyHandler, storedEvent } from './dead-letters-world.ts'
import { killedClients } from './killed-client.ts'
import { killEverywhere, twoLetters } from './killed-everywhere.ts'

const signal = new AbortController().signal
const which = () => true

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
