import { request } from 'node:http'
import type { Console, Stops } from './console-world.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into what is told.
type Any = any

export interface LiveEvents {
  /** All that was told so far, but for the status. */
  told: { event: string; data: Any }[]
  statuses: Any[]
  rows(): Any[]
  deliveries(): Any[]
  /** Resolves when nothing more comes. */
  ended: Promise<void>
  /** Goes away, as a page that is closed. */
  leave(): void
}

/** Listens as a page does, once it is connected. */
export async function liveEvents(
  { onTestFinished }: Stops,
  { origin, cookie }: Console,
): Promise<LiveEvents> {
  const told: LiveEvents['told'] = []
  const statuses: Any[] = []
  const { promise: connected, resolve } = Promise.withResolvers<void>()
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  const sent = request(`${origin}/console/api/live`, { headers: { cookie } }, (response) => {
    let unread = ''
    response.setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (unread + chunk).split('\n\n')
      unread = parts.pop() ?? ''
      for (const part of parts) {
        const [, event = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(part) ?? []
        if (part.startsWith(':')) resolve()
        else if (event === 'status') statuses.push(JSON.parse(data))
        else told.push({ event, data: JSON.parse(data) })
      }
    })
    response.on('error', () => {}).on('close', end)
  })
  sent.on('error', () => {}).end()
  const leave = () => void sent.destroy()
  onTestFinished(leave)
  await connected
  const of = (kind: string) => () => told.filter(({ event }) => event === kind).map(({ data }) => data)
  return { told, statuses, rows: of('row'), deliveries: of('delivery'), ended, leave }
}
