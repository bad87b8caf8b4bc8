import type { TestContext } from 'vitest'
import { readEnvelope } from '../../../shared/event/envelope.ts'
import { moodyHandler, worldOf } from '../operate/dead-letters/dead-letters-world.ts'
import { runningLocal } from './running-local.ts'

/** The running pipeline, with a handler that fails until it is told to work, and commands that find it with `--local`. */
export async function failingLocal(context: Pick<TestContext, 'onTestFinished'>) {
  const crm = moodyHandler()
  const { local, run, env } = await runningLocal(context, { handlers: crm.handlers, maxAttempts: 1 })
  const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout)
  /** The reference of a notification's letter. */
  const referenceOf = async (notified: string): Promise<string> => {
    const { letters } = await json('dlq', 'list')
    const { eventId } = readEnvelope(notified)
    return letters.find((each: { event?: { eventId: string } }) => each.event?.eventId === eventId).event
      .reference
  }
  return { ...worldOf(context, local), ...{ crm, run, env, json, referenceOf } }
}
