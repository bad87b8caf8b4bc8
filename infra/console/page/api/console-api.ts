import type { ExtractSchema } from 'hono/types'
import type { ConsoleApi } from '../../server/console-app.ts'
import type { LiveTold } from '../../server/live-feed.ts'
import { pathPart } from '../route.ts'

/**
 * The server's routes: paths, and what each is asked and answers. The types are the server's own, and none of its code
 * is here.
 */
type Routes = ExtractSchema<ConsoleApi>
type PathOf<Method extends string> = {
  [Path in keyof Routes]: Method extends keyof Routes[Path] ? Path : never
}[keyof Routes]
type AnswerOf<Path extends PathOf<'$get'>> = Routes[Path]['$get']['output']
type BodyOf<Path extends PathOf<'$post'>> = Routes[Path]['$post']['input']['json']

export type { LiveTold }
export type Deployment = AnswerOf<'/deployment'>
export type HandlerFacts = NonNullable<Deployment['handlers']>[number]
export type Status = LiveTold['status']
export type Delivery = LiveTold['delivery']
export type EventPage = AnswerOf<'/events'>
export type EventAnswer = AnswerOf<'/events/:reference'>
export type Row = EventPage['events'][number]
export type RowHandler = Row['handlers'][string]
export type ResourceAnswer = AnswerOf<'/resources'>
export type Minutes = AnswerOf<'/minutes'>
export type DeadLetters = AnswerOf<'/dead-letters'>
export type CatchUp = AnswerOf<'/catch-up'>
export type CatchUpRun = AnswerOf<'/catch-up/run'>['run']
export type Walk = CatchUp['walks'][number]
export type LostKind = BodyOf<'/lose'>['kind']
export type Letter = DeadLetters['letters'][number]
export type ReplayRequest = Omit<BodyOf<'/replay'>, 'dryRun'>
export type PlannedEvent = Routes['/replay']['$post']['output']['events'][number]
export type Sent = Routes['/send']['$post']['output']
export type Fault = BodyOf<'/send'>['fault']

/** All that the page asks the console for. Each throws `ApiError`. */
export const consoleApi = {
  deployment: () => get('/deployment'),
  status: () => get('/status'),
  events: (query: URLSearchParams) => get('/events', { query }),
  event: (reference: string) => get('/events/:reference', { param: { reference } }),
  resource: (key: string, cursor?: string) =>
    get('/resources', { query: new URLSearchParams({ key, ...(cursor && { cursor }) }) }),
  minutes: (minutes: number) => get('/minutes', { query: new URLSearchParams({ minutes: String(minutes) }) }),
  deadLetters: () => get('/dead-letters'),
  replay: (request: BodyOf<'/replay'>) => post('/replay', request),
  redrive: (ids: string[] | 'all') => post('/dead-letters/redrive', { ids }),
  drop: (ids: string[], reason: string) => post('/dead-letters/drop', { ids, reason }),
  catchUp: () => get('/catch-up'),
  catchUpRun: () => get('/catch-up/run'),
  walkNow: (accountId: string) => post('/catch-up', { accountId }),
  lose: (kind: LostKind) => post('/lose', { kind }),
  handling: (handling: 'enabled' | 'paused') => post('/handling', { handling }),
  send: (type: string, fault: Fault) => post('/send', { type, fault }),
}

/** What the console's server did not do. Its message says what to do about it; `status` is 0 if nothing answered. */
export class ApiError extends Error {
  readonly code = 'CONSOLE_ERROR'
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ApiError'
    this.status = status
  }
}

function get<Path extends PathOf<'$get'>>(
  path: Path,
  { param = {}, query }: { param?: Record<string, string>; query?: URLSearchParams } = {},
): Promise<AnswerOf<Path>> {
  const filled = path.replace(/:(\w+)/, (_, name: string) => pathPart(param[name] ?? ''))
  return answerTo(query ? `${filled}?${query}` : filled)
}

/** Tells the console's server to change something. */
function post<Path extends PathOf<'$post'>>(
  path: Path,
  body: BodyOf<Path>,
): Promise<Routes[Path]['$post']['output']> {
  const headers = { 'content-type': 'application/json' }
  return answerTo(path, { method: 'POST', headers, body: JSON.stringify(body) })
}

async function answerTo<Answer>(path: string, request: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`/console/api${path}`, request).catch((cause: unknown) => {
    throw new ApiError(0, 'The console does not answer. Is it still running?', { cause })
  })
  const answer: unknown = await response.json().catch(() => undefined)
  if (response.ok) return answer as Answer
  throw new ApiError(response.status, problemOf(response.status, answer))
}

function problemOf(status: number, answer: unknown): string {
  if (status === 401) return shutOutText
  const said = typeof answer === 'object' && answer !== null && 'error' in answer ? answer.error : undefined
  return typeof said === 'string' ? said : `The console answered ${status}.`
}

/** Each start of the console makes a new token. */
export const shutOutText =
  'This page is no longer let in. Open the URL that the console printed at its start.'
