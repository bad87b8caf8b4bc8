import type { WalkPlace } from '../../../shared/catch-up/walk-item.ts'
import { wantedLists } from '../../../shared/catch-up/wanted-lists.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { systemAccountId } from '../../../shared/smokeball-api/account.ts'
import { isByMatter } from '../../../shared/smokeball-api/lists.ts'
import type { HandlerInfo } from '../../bundle/read-handlers.ts'
import { catchUpNow, walksOf } from '../../operate/catch-up.ts'
import { callLimit, type Deployment, keepDepsOf } from '../../operate/deployment.ts'
import { explained } from '../../operate/explained.ts'
import { isoOf } from '../../operate/moments.ts'
import { firstSince, walkJson } from '../../operate/walks.ts'
import { printError } from '../../terminal/terminal.ts'
import { UsageError } from '../../terminal/usage-error.ts'

/** A run of catch-up that this console has begun, and how far it has come. */
interface ConsoleRun {
  started: string
  /** Null while it goes on. */
  ended: string | null
  /** Lists of firms that it walks, and how many of them it has begun. */
  lists: number
  begun: number
  /** Some are of what belongs to matters, and were looked at for the matters that changed alone. */
  inPart: boolean
  rows: number
  found: number
  /** Lists that could not be looked at. */
  problems: { accountId: string; kind: string; problem: string }[]
  /** Why it ended early. */
  failure: string | null
}

/** Catch-up by this console, as the command does it: one run at a time, which goes on when the page is closed. */
export interface CatchUpRuns {
  /** How far each list of each firm was walked, whoever did it. */
  walks(): Promise<ReturnType<typeof walkJson>[]>
  /** The run that goes on, or the last one; null before the first. */
  run(): ConsoleRun | null
  /** Begins a run for a firm, or for all, and does not wait for its end. Throws `UsageError`. */
  start(accountId: string): Promise<void>
  /** The kinds of resources whose lists are walked for the handlers that there are. */
  kinds(): Promise<string[]>
  /** Ends the run. What it has handed over is handled. */
  stop(): void
}

export function catchUpRuns(
  deployment: Deployment,
  { handlers, clock }: { handlers(): Promise<readonly HandlerInfo[] | undefined>; clock: Clock },
): CatchUpRuns {
  const ending = new AbortController()
  let last: ConsoleRun | null = null
  let isBusy = false

  const keepDeps = async () => {
    const keep = keepDepsOf(deployment)
    // A reload gives a local run others. Those of a stack are what was deployed, whatever this machine has.
    const here = deployment.isLocal ? await handlers() : undefined
    return { ...keep, patterns: here?.flatMap(({ types }) => types) ?? keep.patterns }
  }

  async function begin(accountId: string): Promise<() => Promise<void>> {
    const keep = await keepDeps()
    const { signal } = callLimit()
    const all = await keep.access.accounts.list(signal)
    const firms = all.filter((each) => each.accountId !== systemAccountId)
    const chosen = accountId === 'all' ? firms : firms.filter((each) => each.accountId === accountId)
    if (chosen.length === 0)
      throw new UsageError(
        accountId === 'all' ? 'No firm is connected. Connect one first.' : `${accountId} is not connected.`,
      )
    const lists = wantedLists(keep.patterns)
    if (lists.length === 0)
      throw new UsageError(
        'No handler takes events of a kind that lists tell of, so there is nothing to walk.',
      )
    const { isLocal } = deployment
    const since = firstSince(isLocal, await walksOf(deployment, clock).list(signal), chosen)
    const accountIds = chosen.map((each) => each.accountId)
    const run = newRun(clock.now(), accountIds.length * lists.length, lists.some(isByMatter))
    last = run
    const asked = { accountIds, lists, since, isDry: false, takesYoung: isLocal }
    return async () => {
      const walked = await catchUpNow(deployment, keep, asked, eventsOf(run), ending.signal)
      run.problems = walked.flatMap(({ problem, kind, accountId }) =>
        problem === undefined ? [] : [{ accountId, kind, problem }],
      )
    }
  }

  async function end(work: () => Promise<void>): Promise<void> {
    const run = last
    try {
      await work()
    } catch (error) {
      if (run && !ending.signal.aborted) run.failure = textOf(error)
    } finally {
      if (run) run.ended = isoOf(clock.now())
      isBusy = false
    }
  }

  return {
    walks: async () => (await walksOf(deployment, clock).list(callLimit().signal)).map(walkJson),
    run: () => last,
    async start(accountId) {
      if (isBusy) throw new UsageError('A run goes on already. Wait for its end.')
      isBusy = true
      try {
        void end(await begin(accountId))
      } catch (error) {
        isBusy = false
        throw error
      }
    },
    kinds: async () => wantedLists((await keepDeps()).patterns).map(({ kind }) => kind),
    stop: () => ending.abort(),
  }
}

function newRun(nowEpochMs: number, lists: number, inPart: boolean): ConsoleRun {
  const nothing = { begun: 0, rows: 0, found: 0, problems: [] }
  return { started: isoOf(nowEpochMs), ended: null, lists, inPart, ...nothing, failure: null }
}

/** Keeps the run's counts, which each page of each list raises. */
function eventsOf(run: ConsoleRun): Parameters<typeof catchUpNow>[3] {
  const places = new Map<string, WalkPlace>()
  const sum = (of: 'rows' | 'found') => [...places.values()].reduce((all, place) => all + place[of], 0)
  return {
    onPage({ accountId, kind, place }) {
      places.set(`${kind} ${accountId}`, place)
      run.begun = places.size
      run.rows = sum('rows')
      run.found = sum('found')
    },
    onFound() {},
    explain: (error) => explained(error),
  }
}

function textOf(error: unknown): string {
  const said = explained(error)
  if (said !== undefined) return said
  printError(error as Error)
  return 'The console failed at this. The terminal that it runs in shows how.'
}
