import type { EarlierRun } from './event-record.ts'

/** Handles an old event again, on purpose. */
export interface Replay {
  /** Names it in each event that it is for: a second message of it is a duplicate there. */
  id: string
  /** Those that failed (`openOf` says which); all that are subscribed; or these. */
  handlers: 'failed' | 'all' | readonly string[]
  /** Whether handlers of the order `latest` run, too, when a newer event was seen. */
  force: boolean
}

/** Sizes of dead letters leave so much room for it. */
const maxBytes = 1_000

export class TooManyHandlers extends Error {
  readonly code = 'TOO_MANY_HANDLERS'

  constructor() {
    super('A replay does not hold the names of so many handlers: name fewer at a time, or replay for all.')
    this.name = 'TooManyHandlers'
  }
}

/** What a message carries of it: `<id> order|force failed|all|=<name>,…`. Throws `TooManyHandlers`. */
export function writeReplay({ id, handlers, force }: Replay): string {
  const whom = typeof handlers === 'string' ? handlers : `=${handlers.join(',')}`
  const text = [id, force ? 'force' : 'order', whom].join(' ')
  if (text.length > maxBytes) throw new TooManyHandlers()
  return text
}

/** Reads a message's replay; undefined if it asks for none. Throws if the attribute is malformed. */
export function readReplay(text: string | undefined): Replay | undefined {
  if (text === undefined) return undefined
  const [, id = '', how, whom = ''] = /^([\w-]{1,64}) (order|force) (failed|all|=[\w.,-]+)$/.exec(text) ?? []
  if (id === '') throw new Error(`its attribute replay is none: ${text.slice(0, 60)}`)
  const handlers = whom === 'failed' || whom === 'all' ? whom : whom.slice(1).split(',')
  return { id, handlers, force: how === 'force' }
}

/** Whether no run of this replay is recorded yet. */
export function isNewTo(id: string, previous: Pick<EarlierRun, 'replays'> | undefined): boolean {
  return !previous?.replays?.some((replay) => replay.id === id)
}
