import { Hono } from 'hono'
import { waitingIn } from '../../../shared/queue/waiting.ts'
import { callLimit } from '../../operate/deployment.ts'
import { setHandling } from '../../operate/handling.ts'
import { oneOf } from './body-fields.ts'
import type { ConsoleParts } from './console-parts.ts'
import type { ConsoleEnv } from './own-addresses.ts'
import { readBody } from './read-body.ts'

/** Pauses handling, and resumes it. */
export function handlingRoutes({ deployment, clock }: ConsoleParts): Hono<ConsoleEnv> {
  const { lambda, sqs, outputs } = deployment
  return new Hono<ConsoleEnv>().post('/handling', async (c) => {
    const handling = oneOf('handling', (await readBody(c, ['handling'])).handling, ['enabled', 'paused'])
    const changed = await setHandling(
      { lambda, consumerName: outputs.ConsumerName, clock },
      handling === 'enabled' ? 'Enabled' : 'Disabled',
      // Lambda may take its time, which has a limit of its own.
      c.req.raw.signal,
    )
    const queue = await waitingIn(sqs, outputs.EventQueueUrl, callLimit().signal)
    return c.json({ handling, changed: changed === 'changed', queue })
  })
}
