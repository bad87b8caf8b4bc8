import { Hono } from 'hono'
import type { FeedPage } from '../../../shared/ledger/event-feed.ts'
import { waitingIn } from '../../../shared/queue/waiting.ts'
import type { HandlerInfo } from '../../bundle/read-handlers.ts'
import { callLimit } from '../../operate/deployment.ts'
import { eventJson } from '../../operate/events/event-json.ts'
import { setHandling } from '../../operate/handling.ts'
import { accountJson, statusOf } from '../../operate/status.ts'
import type { ConsoleDeps } from './console-deps.ts'
import type { ConsoleEnv } from './console-env.ts'
import { handlersText } from './kept-handlers.ts'
import { checkedBody, oneOf } from './read-body.ts'
import { sampleTypes } from './send-routes.ts'

const notThere = 'Deliveries that were refused, and copies that the queue dropped, are not in the table: '

/** What is served here, and how it is doing. */
export function statusRoutes(parts: ConsoleDeps) {
  const { deployment, local } = parts
  return new Hono<ConsoleEnv>()
    .get('/deployment', async (c) => {
      const [handlers, dashboard] = await Promise.all([parts.handlers(), parts.dashboard()])
      return c.json({
        name: deployment.name,
        isLocal: deployment.isLocal,
        handlers: handlers?.map(handlerJson) ?? null,
        eventTypes: local ? sampleTypes : [],
        dashboard: dashboard ?? null,
        tableSays: notThere + whoCounts(parts),
      })
    })
    .get('/status', async (c) => {
      const [status, handlers] = await Promise.all([statusOf(deployment, parts.accounts), parts.handlers()])
      const first = ({ events: [event] }: FeedPage) => (event ? eventJson(event) : null)
      return c.json({
        at: new Date(parts.clock.now()).toISOString(),
        handling: status.handling,
        queue: status.queue,
        deadLetters: status.deadLetters,
        delayed: status.delayed,
        aside: status.aside.count,
        local: local?.record?.counts ?? null,
        handlers: handlersText(handlers),
        accounts: status.accounts.map(accountJson),
        lastDelivery: first(status.lastDelivery),
        lastFailure: first(status.lastFailure),
      })
    })
}

function whoCounts({ deployment, local }: ConsoleDeps): string {
  if (local?.record) return 'this run counts them, and shows them as they come.'
  if (deployment.isLocal) return 'npm start shows them, and so does its own console.'
  return 'CloudWatch counts the refusals (see the dashboard), and the queue tells nobody of the copies.'
}

/** In a local run, a handler may also carry its functions, which are left out here. */
function handlerJson({ name, types, order, own }: HandlerInfo): HandlerInfo {
  return { name, types, order, own }
}

/** Pauses handling, and resumes it. */
export function handlingRoutes({ deployment, clock }: ConsoleDeps) {
  const { lambda, sqs, outputs } = deployment
  return new Hono<ConsoleEnv>().post('/handling', checkedBody(['handling'], handlingOf), async (c) => {
    const { handling } = c.req.valid('json')
    const changed = await setHandling(
      { lambda, consumerName: outputs.ConsumerName, clock },
      handling === 'enabled' ? 'Enabled' : 'Disabled',
      // Lambda may take long for this change, so `setHandling` has a time limit of its own.
      c.req.raw.signal,
    )
    const queue = await waitingIn(sqs, outputs.EventQueueUrl, callLimit().signal)
    return c.json({ handling, changed: changed === 'changed', queue })
  })
}

/** Throws `Refused`. */
function handlingOf({ handling }: Record<string, unknown>) {
  return { handling: oneOf('handling', handling, ['enabled', 'paused']) }
}
