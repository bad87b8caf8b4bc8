import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { ConsoleDeps } from './console-deps.ts'
import type { ConsoleEnv } from './console-env.ts'
import type { LiveMessage } from './live-feed.ts'
import { Refused } from './read-body.ts'

const heartbeatMs = 15_000
/** A client that does not read is disconnected. Its browser connects again and starts anew. */
const mostUnread = 5_000

/** `GET /live`: server-sent events, until the client goes. */
export function liveRoutes({ live, clock }: Pick<ConsoleDeps, 'live' | 'clock'>) {
  return new Hono<ConsoleEnv>().get('/live', (c) => {
    // Hono serves HEAD by the route of GET, and nobody would read that answer to its end.
    if (c.req.method !== 'GET') throw new Refused(405, 'What happens is told to GET alone.')
    return streamSSE(c, async (stream) => {
      const unread: LiveMessage[] = []
      const bell = bellOf(clock)
      stream.onAbort(bell.ring)
      const unsubscribe = live.subscribe((message) => {
        unread.push(message)
        // The count stands here, because a write to a client that does not read never ends.
        if (unread.length > mostUnread) c.env.outgoing.destroy()
        else bell.ring()
      })
      try {
        // This goes out at once, so that the browser knows that it is connected.
        await stream.write(': connected\n\n')
        while (!stream.aborted) {
          const message = unread.shift()
          if (message) await stream.writeSSE(message)
          else if ((await bell.heard(heartbeatMs)) === 'silence') await stream.write(': still here\n\n')
        }
      } finally {
        unsubscribe()
      }
    })
  })
}

/** Wakes the loop that waits for messages. */
function bellOf(clock: Pick<Clock, 'after'>): {
  ring(): void
  heard(withinMs: number): Promise<'ring' | 'silence'>
} {
  let ring = () => {}
  return {
    ring: () => ring(),
    heard: (withinMs) =>
      new Promise((resolve) => {
        const cancel = clock.after(withinMs, () => resolve('silence'))
        ring = () => {
          cancel()
          resolve('ring')
        }
      }),
  }
}
