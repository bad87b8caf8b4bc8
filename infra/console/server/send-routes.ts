import { Hono } from 'hono'
import { oneOf, textOf } from './body-fields.ts'
import type { ConsoleParts } from './console-parts.ts'
import { faultWords } from './fault-words.ts'
import type { ConsoleEnv } from './own-addresses.ts'
import { readBody } from './read-body.ts'
import { Refused } from './refused.ts'
import { faults, sampleTypes, sendSample } from './send-sample.ts'

/** Delivers samples to the local run. A deployed stack's events are real ones. */
export function sendRoutes({ local, handlers }: ConsoleParts): Hono<ConsoleEnv> {
  return new Hono<ConsoleEnv>().post('/send', async (c) => {
    if (!local)
      throw new Refused(404, 'Samples are sent to npm start alone: what is sent to a stack is handled there.')
    const body = await readBody(c, ['type', 'fault', 'resourceId'])
    const type = oneOf('type', body.type, sampleTypes)
    const fault = oneOf('fault', body.fault, faults)
    const resourceId = body.resourceId === undefined ? undefined : textOf('resourceId', body.resourceId, 200)
    const deliveries = await sendSample(local.target, { type, fault, resourceId })
    return c.json({ deliveries, explains: faultWords(fault, { type, handlers: await handlers() }) })
  })
}
