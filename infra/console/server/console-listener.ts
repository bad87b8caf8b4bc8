import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { systemClock } from '../../../shared/runtime/clock.ts'
import { dropDeadLetters, redriveDeadLetters } from '../../operate/dead-letters/take-dead-letters.ts'
import { deadLettersDepsOf, surveyDeadLetters } from '../../operate/dead-letters/walk-dead-letters.ts'
import { callLimit, type Deployment, eventTableOf, keepDepsOf } from '../../operate/deployment.ts'
import { planReplay } from '../../operate/replay/plan-replay.ts'
import { newReplayId, replayDepsOf, sendReplay } from '../../operate/replay/send-replays.ts'
import { flowStatusOf } from '../../operate/status.ts'
import { catchUpRuns } from './catch-up-run.ts'
import { consoleApp } from './console-app.ts'
import type { ConsoleDeps, DeadLetterQueue, LocalParts, Replays } from './console-deps.ts'
import { handlersText } from './kept-handlers.ts'
import { liveFeed } from './live-feed.ts'

/** The console, to be put behind an HTTP server of this machine. */
export interface ConsoleListener {
  listener(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** Ends what it does for those that are connected. */
  stop(): void
}

export function consoleListener(options: ConsoleOptions): ConsoleListener {
  const parts = consoleDepsOf(options)
  // The `Request` and `Response` of a process that others share stay Node's own.
  const listener = getRequestListener(consoleApp(parts).fetch, { overrideGlobalObjects: false })
  return {
    listener,
    stop() {
      parts.live.stop()
      parts.catchUp.stop()
    },
  }
}

/** What differs between the console of `npm start` and that of a stack. */
export interface ConsoleOptions {
  deployment: Deployment
  token: string
  handlers: ConsoleDeps['handlers']
  /** @default undefined: nothing of a local run is at hand */
  local?: LocalParts | undefined
  /** @default the project's page */
  pageFolder?: string | undefined
  /** Between two looks at the table, and two at how all is doing. @default usualLooksMs */
  looksMs?: { events: number; status: number } | undefined
}

/** Each look at the table of a stack costs money. */
const usualLooksMs = {
  local: { events: 500, status: 2_000 },
  deployed: { events: 2_000, status: 2_000 },
}

/** Wires the console for a deployment. */
function consoleDepsOf({ deployment, token, handlers, local, ...options }: ConsoleOptions): ConsoleDeps {
  const clock = systemClock
  const record = local?.record
  const { accounts } = keepDepsOf(deployment).access
  return {
    deployment,
    token,
    clock,
    handlers,
    local,
    accounts: () => accounts.list(callLimit().signal),
    dashboard: () => dashboardOf(deployment),
    replays: replaysOf(deployment, handlers),
    deadLetters: deadLettersOf(deployment),
    catchUp: catchUpRuns(deployment, { handlers, clock }),
    live: liveFeed({
      table: eventTableOf(deployment),
      clock,
      record,
      looksMs: options.looksMs ?? usualLooksMs[deployment.isLocal ? 'local' : 'deployed'],
      async status(signal) {
        const [flow, known] = await Promise.all([flowStatusOf(deployment, signal), handlers()])
        const at = new Date(clock.now()).toISOString()
        return { at, ...flow, local: record?.counts ?? null, handlers: handlersText(known) }
      },
    }),
    pageFolder: options.pageFolder ?? fileURLToPath(new URL('../page', import.meta.url)),
  }
}

function replaysOf(deployment: Deployment, handlers: ConsoleDeps['handlers']): Replays {
  const deps = async () => replayDepsOf(deployment, await handlers())
  return {
    newId: newReplayId,
    plan: async (event, how, signal) => planReplay(await deps(), event, how, signal),
    send: async (event, replay, signal) => sendReplay(await deps(), event, replay, signal),
  }
}

function deadLettersOf(deployment: Deployment): DeadLetterQueue {
  const deps = deadLettersDepsOf(deployment)
  const inTurn = inSequence()
  return {
    survey: (signal) => inTurn(() => surveyDeadLetters(deps, signal)),
    redrive: (asked, signal) => inTurn(() => redriveDeadLetters(deps, asked, signal)),
    drop: (asked, signal) => inTurn(() => dropDeadLetters(deps, asked, signal)),
  }
}

/** The name is the one that infra/aws/dashboard.ts gives the dashboard. */
async function dashboardOf({ isLocal, name, sqs }: Deployment): Promise<string | undefined> {
  if (isLocal) return undefined
  const region = await sqs.config.region()
  const dashboard = encodeURIComponent(`${name}-Webhooks-${region}`)
  return `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${dashboard}`
}

/**
 * Runs one piece of work after another, in the order in which they are given. A piece that fails does not stop the next
 * one.
 */
function inSequence(): <T>(work: () => Promise<T>) => Promise<T> {
  let before: Promise<unknown> = Promise.resolve()
  return (work) => {
    const done = before.then(work)
    before = done.catch(() => {})
    return done
  }
}
