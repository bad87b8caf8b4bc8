import { isPattern } from '../event/type-patterns.ts'
import type { Smokeball } from '../smokeball-api/smokeball.ts'
import type { EventFor, SmokeballEvent, TypePattern } from './event.ts'
import { defaultLoopGuard, type LoopGuard } from './loop-guard.ts'

/** Writes JSON log lines that carry the event's ids. */
export type HandlerLog = Record<
  'info' | 'warn' | 'error',
  (message: string, fields?: Record<string, unknown>) => void
>

export interface HandlerContext {
  /** The same in every attempt at this event by this handler, and no other: for stores that take one. */
  readonly idempotencyKey: string
  readonly log: HandlerLog
  /**
   * The value of a secret that `infra/handlers.ts` names, as it was when this process first read it. Throws
   * `UnknownSecret` for any other name.
   */
  secret(name: string): string
  /** Fires shortly before the function's time limit. Pass it on to `fetch` and the like. */
  readonly signal: AbortSignal
  /** Smokeball's API, for the event's account. */
  readonly smokeball: Smokeball
}

export interface HandlerOptions {
  /** Unique among the handlers and stable over releases: outcomes are stored under it. Letters, digits, `-`, `_`, `.`; up to 64. */
  name: string
  /**
   * `latest`: an event older than one already seen is skipped. For handlers that take over a state.
   * `every`: runs for each event, in no promised order. For what each event is to cause.
   * @default 'latest'
   */
  order?: 'latest' | 'every'
  /**
   * What to do with events that our own API writes caused. `handle`: for handlers that keep a copy, which goes stale with
   * each such write otherwise. A handler that writes to Smokeball leaves them, or it answers itself without end.
   * @default 'skip'
   */
  own?: 'skip' | 'handle'
  /**
   * More writes than these through `smokeball`, while handling events of one resource, are taken for a loop that no
   * RequestId shows: further events of the resource go to the dead-letter queue until the minutes are over.
   * @default { writes: 20, minutes: 10 }
   */
  loopGuard?: LoopGuard | 'off'
}

/** Which events a handler takes, and in what order. */
export interface Subscription {
  readonly types: readonly string[]
  readonly name: string
  readonly order: 'latest' | 'every'
  readonly own: 'skip' | 'handle'
}

/** A handler as the consumer runs it; made by `on`. */
export interface Handler extends Subscription {
  readonly loopGuard: LoopGuard | 'off'
  run(event: SmokeballEvent, context: HandlerContext): unknown
}

const optionNames: readonly string[] = ['name', 'order', 'own', 'loopGuard']

/**
 * Subscribes a handler to event types: exact (`matter.updated`), of a kind (`contact.*`) or all (`*`). Of some types that are
 * known (`PayloadByType` says which), such as `task.completed`, an account may not be offered any event: `npm start` warns.
 * A handlers module default-exports an array of these. What the handler returns is ignored; it throws to be
 * run again later, `RetryAfter` to say when, `PermanentFailure` to say never. Throws `InvalidHandlers` for an option that is none.
 */
export function on<const T extends TypePattern | readonly TypePattern[]>(
  types: T,
  options: HandlerOptions,
  handler: (
    event: EventFor<T extends readonly string[] ? T[number] : T & string>,
    context: HandlerContext,
  ) => unknown,
): Handler {
  const unknown = Object.keys(Object(options)).filter((option) => !optionNames.includes(option))
  if (unknown.length > 0)
    throw new InvalidHandlers([
      `Handler '${options.name}': unknown option '${unknown.join("', '")}'; there are ${optionNames.join(', ')}.`,
    ])
  return {
    types: typeof types === 'string' ? [types] : (types as readonly string[]),
    name: options?.name,
    order: options?.order ?? 'latest',
    own: options?.own ?? 'skip',
    loopGuard: options?.loopGuard ?? defaultLoopGuard,
    run: handler as Handler['run'],
  }
}

export class InvalidHandlers extends Error {
  readonly code = 'INVALID_HANDLERS'

  constructor(problems: readonly string[]) {
    super(`The handlers module is not usable:\n${problems.map((problem) => `- ${problem}`).join('\n')}`)
    this.name = 'InvalidHandlers'
  }
}

/** Checks a handlers module's default export and returns it. Throws `InvalidHandlers`, which names all that is wrong and the fix. */
export function checkHandlers(exported: unknown): readonly Handler[] {
  if (!Array.isArray(exported)) {
    throw new InvalidHandlers(['Default-export an array: `export default [on(…), …]`.'])
  }
  const handlers = exported as Handler[]
  const problems = handlers.flatMap((handler, index) => problemsOf(handler, index, handlers))
  if (problems.length > 0) throw new InvalidHandlers(problems)
  return handlers
}

/** Checks a handlers module's export `isOwn`; without one, no RequestId is known to the user. Throws `InvalidHandlers`. */
export function checkIsOwn(exported: unknown): (requestId: string) => unknown {
  if (exported === undefined) return () => false
  if (typeof exported === 'function') return exported as (requestId: string) => unknown
  throw new InvalidHandlers([
    '`isOwn` is a function: `export const isOwn = (requestId: string) => ours.has(requestId)`.',
  ])
}

function problemsOf(handler: Handler, index: number, all: readonly Handler[]): string[] {
  if (typeof handler?.run !== 'function' || !Array.isArray(handler.types)) {
    return [
      `Entry ${index + 1} is not a handler: make it with \`on(types, { name }, async (event) => {…})\`.`,
    ]
  }
  const who = handler.name ? `Handler '${handler.name}'` : `Entry ${index + 1} (${handler.types.join(', ')})`
  const problems: string[] = []
  if (!handler.name)
    problems.push(`${who} has no name: give it one, \`{ name: 'sync-matter' }\`, and keep it.`)
  else if (!/^[\w.-]{1,64}$/.test(handler.name)) {
    problems.push(`${who}: a name is 1 to 64 letters, digits, '-', '_' or '.'.`)
  } else if (handler.name in {}) {
    problems.push(`${who}: JavaScript has that name for something of its own; choose another.`)
  } else if (all.findIndex((other) => other?.name === handler.name) !== index) {
    problems.push(`${who} is there twice: outcomes are stored by name, so give each its own.`)
  }
  if (handler.types.length === 0) problems.push(`${who} names no event type.`)
  for (const type of handler.types) {
    if (!isPattern(type))
      problems.push(`${who}: '${type}' is no event type; use 'matter.updated', 'matter.*' or '*'.`)
  }
  if (!['latest', 'every'].includes(handler.order)) {
    problems.push(`${who}: unknown order '${handler.order}'; use 'latest' or 'every'.`)
  }
  if (!['skip', 'handle'].includes(handler.own)) {
    problems.push(`${who}: unknown own '${handler.own}'; use 'skip' or 'handle'.`)
  }
  if (!isLoopGuard(handler.loopGuard)) {
    problems.push(`${who}: loopGuard is 'off' or whole numbers from 1, such as { writes: 20, minutes: 10 }.`)
  }
  return problems
}

function isLoopGuard(guard: unknown): boolean {
  if (guard === 'off') return true
  const { writes, minutes } = Object(guard) as Partial<LoopGuard>
  return [writes, minutes].every((number) => Number.isInteger(number) && Number(number) >= 1)
}
