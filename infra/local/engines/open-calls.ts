import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Watches what dynalite is asked, and returns what waits for its answers, for up to `longestMs`. It works on for callers that
 * have gone, and throws past everybody when its database is closed meanwhile, or when one goes in the middle of its request:
 * that one is let go.
 */
export function openCalls(server: Server, longestMs = 1_000): { answered(): Promise<void> } {
  let open = 0
  server.prependListener('request', (request, response) => {
    let isOpen = true
    open += 1
    const done = () => {
      if (isOpen) open -= 1
      isOpen = false
    }
    // One that goes before all of its request has come gets no answer.
    request.once('close', () => request.complete || done())
    const end = response.end.bind(response) as (...args: unknown[]) => typeof response
    response.end = (...args: unknown[]) => {
      done()
      return end(...args)
    }
  })
  // After dynalite has begun to listen to the request: its own listener would throw.
  server.on('request', (request) => void request.removeAllListeners('error').on('error', () => {}))
  return {
    async answered() {
      const untilEpochMs = Date.now() + longestMs
      while (open > 0 && Date.now() < untilEpochMs) await sleep(5)
    },
  }
}
